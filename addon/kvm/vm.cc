// The ioctls of one virtual machine.
#include "kvm/vm.h"

#include <linux/kvm.h>

#include "base/encoding.h"
#include "kvm/ioctl.h"

namespace volt::kvm {

namespace {

kvm_coalesced_mmio_zone one_port(std::uint16_t port) {
  kvm_coalesced_mmio_zone zone{};
  zone.addr = port;
  zone.size = 1;
  zone.pio = 1;
  return zone;
}

} // namespace

Result<Vm> Vm::create(const System& system) {
  const std::size_t run_area_bytes = TRY(system.run_area_bytes());
  const bool can_keep_port_writes = TRY(system.ask_extension(KVM_CAP_COALESCED_PIO)) > 0;
  return Vm(TRY(system.create_vm()), run_area_bytes, can_keep_port_writes);
}

Result<void> Vm::map_memory(const GuestMemory& memory) {
  __u32 slot = 0;
  for (const GuestMemory::Region& region : memory.regions()) {
    // SAFETY: the mapping is as long as the slot and outlives the Vm.
    kvm_userspace_memory_region request{.slot = slot++,
                                        .flags = 0,
                                        .guest_phys_addr = region.range.start.value,
                                        .memory_size = region.range.size_bytes,
                                        .userspace_addr = reinterpret_cast<__u64>(region.mapping.bytes().data())};
    TRY(call(descriptor_.get(), KVM_SET_USER_MEMORY_REGION, &request,
             "give KVM the memory at " + format_address(region.range.start.value)));
  }
  return {};
}

Result<void> Vm::set_identity_map(GuestAddress address) {
  __u64 value = address.value;
  TRY(call(descriptor_.get(), KVM_SET_IDENTITY_MAP_ADDR, &value, "place KVM's identity map"));
  return {};
}

Result<void> Vm::set_tss(GuestAddress address) {
  TRY(call(descriptor_.get(), KVM_SET_TSS_ADDR, address.value, "place KVM's TSS"));
  return {};
}

Result<void> Vm::set_boot_processor(std::uint32_t id) {
  TRY(call(descriptor_.get(), KVM_SET_BOOT_CPU_ID, id, "choose the bootstrap processor (KVM_SET_BOOT_CPU_ID)"));
  return {};
}

Result<void> Vm::use_x2apic_ids() {
  kvm_enable_cap request{};
  request.cap = KVM_CAP_X2APIC_API;
  request.args[0] = KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK;
  TRY(call(descriptor_.get(), KVM_ENABLE_CAP, &request, "use APIC ids above 254 (KVM_CAP_X2APIC_API)"));
  return {};
}

Result<void> Vm::create_irqchip() {
  TRY(call(descriptor_.get(), KVM_CREATE_IRQCHIP, 0UL, "create the interrupt controllers (KVM_CREATE_IRQCHIP)"));
  return {};
}

Result<void> Vm::create_pit() {
  kvm_pit_config config{};
  config.flags = KVM_PIT_SPEAKER_DUMMY;
  TRY(call(descriptor_.get(), KVM_CREATE_PIT2, &config, "create the timer (KVM_CREATE_PIT2)"));
  return {};
}

Result<Vcpu> Vm::create_vcpu(std::uint32_t id) {
  const std::string name = "vCPU " + std::to_string(id);
  FileDescriptor descriptor(TRY(call(descriptor_.get(), KVM_CREATE_VCPU, id, "create " + name + " (KVM_CREATE_VCPU)")));
  Mapping run_area = TRY(Mapping::shared(descriptor.get(), run_area_bytes_, "the run area of " + name));
  return Vcpu(std::move(descriptor), std::move(run_area), id);
}

Result<void> Vm::notify_on_write(GuestAddress address, std::uint32_t value, const FileDescriptor& event) const {
  return set_notification(address, value, event, 0);
}

Result<void> Vm::stop_notifying_on_write(GuestAddress address, std::uint32_t value, const FileDescriptor& event) const {
  return set_notification(address, value, event, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

Result<void> Vm::set_notification(GuestAddress address, std::uint32_t value, const FileDescriptor& event,
                                  std::uint32_t more_flags) const {
  kvm_ioeventfd request{};
  request.datamatch = value;
  request.addr = address.value;
  request.len = sizeof value;
  request.fd = event.get();
  request.flags = KVM_IOEVENTFD_FLAG_DATAMATCH | more_flags;
  TRY(call(descriptor_.get(), KVM_IOEVENTFD, &request,
           "hear of writes to " + format_address(address.value) + " (KVM_IOEVENTFD)"));
  return {};
}

Result<void> Vm::raise_on_event(std::uint32_t gsi, const FileDescriptor& event) const {
  kvm_irqfd request{};
  request.fd = static_cast<__u32>(event.get());
  request.gsi = gsi;
  TRY(call(descriptor_.get(), KVM_IRQFD, &request, "bind an event to GSI " + std::to_string(gsi) + " (KVM_IRQFD)"));
  return {};
}

Result<void> Vm::keep_port_writes(std::uint16_t port) const {
  kvm_coalesced_mmio_zone zone = one_port(port);
  TRY(call(descriptor_.get(), KVM_REGISTER_COALESCED_MMIO, &zone,
           "keep writes to port " + format_address(port) + " (KVM_REGISTER_COALESCED_MMIO)"));
  return {};
}

Result<void> Vm::stop_keeping_port_writes(std::uint16_t port) const {
  kvm_coalesced_mmio_zone zone = one_port(port);
  TRY(call(descriptor_.get(), KVM_UNREGISTER_COALESCED_MMIO, &zone,
           "hear of writes to port " + format_address(port) + " again (KVM_UNREGISTER_COALESCED_MMIO)"));
  return {};
}

Result<void> Vm::set_irq_line(std::uint32_t gsi, bool level) const {
  kvm_irq_level request{};
  request.irq = gsi;
  request.level = level ? 1 : 0;
  TRY(call(descriptor_.get(), KVM_IRQ_LINE, &request, "set the level of GSI " + std::to_string(gsi)));
  return {};
}

} // namespace volt::kvm
