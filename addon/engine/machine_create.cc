// A machine's construction, in the order that KVM wants.
#include <algorithm>

#include "engine/generation_id.h"
#include "engine/machine.h"

namespace volt {

namespace {

/// Between what was asked of the host and the plan.
Result<void> check_placement(const Plan& plan) {
  const auto& [pins, pages] = plan.placement;
  if (pins.size() > 1 && pins.size() != plan.vcpus.size()) {
    return Error{.message = "processors of the host are listed for " + std::to_string(pins.size()) +
                            " vCPUs, and the plan has " + std::to_string(plan.vcpus.size())};
  }
  const auto is_balloon = [](const DevicePlan& device) {
    return device.virtio && std::holds_alternative<BalloonPlan>(device.virtio->model);
  };
  if (is_pooled(pages) && std::ranges::any_of(plan.devices, is_balloon))
    return Error{.message = "a balloon gives back small pages, and guest memory is in huge pages of the host's pool"};
  return {};
}

} // namespace

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files) {
  auto own_console = std::make_unique<Console>();
  Console& console = *own_console;
  virtio::RingShelf rings;
  return create(plan, kvm, files, std::move(own_console), {console, rings}, [] { return false; });
}

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                 const Lasting& lasting, const Cancelled& cancelled) {
  return create(plan, kvm, files, nullptr, lasting, cancelled);
}

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                 std::unique_ptr<Console> own_console, const Lasting& lasting,
                                                 const Cancelled& cancelled) {
  FileDescriptor kvm_descriptor = TRY(FileDescriptor::duplicate(kvm));
  const kvm::System system = TRY(kvm::System::adopt(std::move(kvm_descriptor)));
  TRY(system.require(plan.capabilities));
  TRY(check_placement(plan));
  GuestMemory memory = TRY(GuestMemory::create(plan.memory, plan.backing, plan.placement.pages));
  TRY(load_memory(plan, files, memory, cancelled));
  if (plan.generation_id) TRY(write_generation_id(*plan.generation_id, memory));
  kvm::Vm vm = TRY(kvm::Vm::create(system));
  FileDescriptor ended_counter = TRY(FileDescriptor::event_counter());
  FileDescriptor notice_counter = TRY(FileDescriptor::event_counter());
  Parts parts{.memory = std::move(memory),
              .vm = std::move(vm),
              .ended_counter = std::move(ended_counter),
              .notice_counter = std::move(notice_counter)};
  std::unique_ptr<Machine> machine(new Machine(std::move(parts), std::move(own_console), lasting.console));
  TRY(machine->create_hardware(plan, files, lasting.rings));
  return machine;
}

Result<void> Machine::create_hardware(const Plan& plan, const PlanDescriptors& files, virtio::RingShelf& rings) {
  TRY(vm_.map_memory(memory_));
  TRY(vm_.set_identity_map(plan.interrupts.identity_map));
  TRY(vm_.set_tss(plan.interrupts.tss));
  if (plan.vcpus.front().apic_id != 0) TRY(vm_.set_boot_processor(plan.vcpus.front().apic_id));
  if (needs_x2apic_ids(plan)) TRY(vm_.use_x2apic_ids());
  TRY(vm_.create_irqchip());
  if (plan.interrupts.pit) TRY(vm_.create_pit());
  for (const VcpuPlan& vcpu : plan.vcpus)
    TRY(create_vcpu(plan, vcpu));
  crew_.pin(plan.placement.pins);
  TRY(crew_.boot_processor().set_boot_state(plan.boot));
  board_ = TRY(Board::create(
      plan, {.files = files,
             .memory = memory_,
             .vm = vm_,
             .console = console_,
             .rings = rings,
             .listener = *this,
             .kept_writes = vm_.can_keep_port_writes() ? crew_.boot_processor().coalesced_ring() : std::nullopt}));
  return {};
}

Result<void> Machine::create_vcpu(const Plan& plan, const VcpuPlan& vcpu_plan) {
  kvm::Vcpu vcpu = TRY(vm_.create_vcpu(vcpu_plan.apic_id));
  TRY(vcpu.set_cpuid(cpuid_of(plan, vcpu_plan)));
  TRY(vcpu.set_msrs(plan.msrs));
  TRY(vcpu.set_local_vectors(plan.interrupts.lvt));
  crew_.add(std::move(vcpu));
  return {};
}

} // namespace volt
