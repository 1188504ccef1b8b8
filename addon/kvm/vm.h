// One KVM virtual machine: memory slots, interrupt controllers, timer, vCPUs.
#pragma once

#include "base/file_descriptor.h"
#include "kvm/system.h"
#include "kvm/vcpu.h"
#include "memory/guest_memory.h"

namespace volt::kvm {

/// Calls come in the order of the declarations: memory slots that are set after the interrupt controllers exist cost
/// milliseconds each, since KVM then waits for every reader of its interrupt routing.
class Vm {
public:
  [[nodiscard]] static Result<Vm> create(const System& system);

  /// One slot a region. The memory must outlive the Vm.
  [[nodiscard]] Result<void> map_memory(const GuestMemory& memory);
  /// One page for an identity map; before any vCPU exists.
  [[nodiscard]] Result<void> set_identity_map(GuestAddress address);
  /// Three pages for KVM's own TSS.
  [[nodiscard]] Result<void> set_tss(GuestAddress address);
  /// The vCPU that starts without INIT and SIPI; id 0 unless told. Before any vCPU exists.
  [[nodiscard]] Result<void> set_boot_processor(std::uint32_t id);
  /// APIC ids of 32 bits in the local APICs' state and in routed messages, and no broadcast by id 255 in x2APIC mode
  /// (KVM_CAP_X2APIC_API); before any vCPU exists.
  [[nodiscard]] Result<void> use_x2apic_ids();
  /// Local APICs, IOAPIC and PICs in the kernel; before any vCPU exists.
  [[nodiscard]] Result<void> create_irqchip();
  /// i8254 with the speaker's port 0x61.
  [[nodiscard]] Result<void> create_pit();
  [[nodiscard]] Result<Vcpu> create_vcpu(std::uint32_t id);

  /// Counts in `event` each time a guest writes `value` as an aligned word to `address`, instead of an exit
  /// (KVM_IOEVENTFD). KVM keeps a reference of its own.
  [[nodiscard]] Result<void> notify_on_write(GuestAddress address, std::uint32_t value,
                                             const FileDescriptor& event) const;
  /// Counts there no longer: such a write is an exit again.
  [[nodiscard]] Result<void> stop_notifying_on_write(GuestAddress address, std::uint32_t value,
                                                     const FileDescriptor& event) const;
  /// Raises an edge on a GSI each time `event` is counted up (KVM_IRQFD), until it is closed.
  [[nodiscard]] Result<void> raise_on_event(std::uint32_t gsi, const FileDescriptor& event) const;

  /// Whether keep_port_writes() can be used.
  [[nodiscard]] bool can_keep_port_writes() const { return can_keep_port_writes_; }
  /// Keeps writes of one byte to `port` in the coalesced ring, while it has room, instead of an exit
  /// (KVM_REGISTER_COALESCED_MMIO with KVM_CAP_COALESCED_PIO).
  [[nodiscard]] Result<void> keep_port_writes(std::uint16_t port) const;
  /// Such a write is an exit again; when it returns none is on its way into the ring.
  [[nodiscard]] Result<void> stop_keeping_port_writes(std::uint16_t port) const;

  /// Level of a GSI's line. From any thread.
  [[nodiscard]] Result<void> set_irq_line(std::uint32_t gsi, bool level) const;

private:
  [[nodiscard]] Result<void> set_notification(GuestAddress address, std::uint32_t value, const FileDescriptor& event,
                                              std::uint32_t more_flags) const;
  Vm(FileDescriptor descriptor, std::size_t run_area_bytes, bool can_keep_port_writes)
      : descriptor_(std::move(descriptor)), run_area_bytes_(run_area_bytes),
        can_keep_port_writes_(can_keep_port_writes) {}

  FileDescriptor descriptor_;
  std::size_t run_area_bytes_;
  bool can_keep_port_writes_;
};

} // namespace volt::kvm
