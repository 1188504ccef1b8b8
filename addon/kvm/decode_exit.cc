// struct kvm_run, read after KVM_RUN.
#include "kvm/decode_exit.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <linux/kvm.h>

namespace volt::kvm {

namespace {

struct ExitName {
  std::uint32_t number;
  std::string_view name;
};

// Exits that nothing in a plan can cause: each would be a stop with its name.
constexpr std::array exit_names{
    ExitName{KVM_EXIT_UNKNOWN, "UNKNOWN"},
    ExitName{KVM_EXIT_EXCEPTION, "EXCEPTION"},
    ExitName{KVM_EXIT_HYPERCALL, "HYPERCALL"},
    ExitName{KVM_EXIT_DEBUG, "DEBUG"},
    ExitName{KVM_EXIT_SET_TPR, "SET_TPR"},
    ExitName{KVM_EXIT_TPR_ACCESS, "TPR_ACCESS"},
    ExitName{KVM_EXIT_NMI, "NMI"},
    ExitName{KVM_EXIT_WATCHDOG, "WATCHDOG"},
    ExitName{KVM_EXIT_IOAPIC_EOI, "IOAPIC_EOI"},
    ExitName{KVM_EXIT_HYPERV, "HYPERV"},
    ExitName{KVM_EXIT_X86_RDMSR, "X86_RDMSR"},
    ExitName{KVM_EXIT_X86_WRMSR, "X86_WRMSR"},
    ExitName{KVM_EXIT_DIRTY_RING_FULL, "DIRTY_RING_FULL"},
    ExitName{KVM_EXIT_AP_RESET_HOLD, "AP_RESET_HOLD"},
    ExitName{KVM_EXIT_X86_BUS_LOCK, "X86_BUS_LOCK"},
    ExitName{KVM_EXIT_XEN, "XEN"},
    ExitName{KVM_EXIT_NOTIFY, "NOTIFY"},
    ExitName{39, "MEMORY_FAULT"}, // newer than the header
};

UnexpectedExit unexpected(std::uint32_t number) {
  const auto found = std::ranges::find(exit_names, number, &ExitName::number);
  return {.number = number, .name = found == exit_names.end() ? "of an unknown kind" : found->name};
}

IoExit decode_io(const kvm_run& run, std::span<std::uint8_t> area) {
  const std::uint64_t bytes = std::uint64_t{run.io.size} * run.io.count;
  assert(run.io.data_offset <= area.size() && bytes <= area.size() - run.io.data_offset); // KVM's word
  return {.port = run.io.port,
          .size_bytes = run.io.size,
          .direction = run.io.direction == KVM_EXIT_IO_OUT ? Direction::write : Direction::read,
          .data = area.subspan(run.io.data_offset, bytes)};
}

MmioExit decode_mmio(kvm_run& run) {
  return {.address = {run.mmio.phys_addr},
          .direction = run.mmio.is_write != 0 ? Direction::write : Direction::read,
          .data = std::span(run.mmio.data).first(std::min<std::size_t>(run.mmio.len, sizeof run.mmio.data))};
}

SystemEventExit decode_system_event(const kvm_run& run) {
  const std::uint32_t number = run.system_event.type;
  switch (number) {
  case KVM_SYSTEM_EVENT_SHUTDOWN:
    return {.event = SystemEvent::shutdown, .number = number};
  case KVM_SYSTEM_EVENT_RESET:
    return {.event = SystemEvent::reset, .number = number};
  case KVM_SYSTEM_EVENT_CRASH:
    return {.event = SystemEvent::crash, .number = number};
  default:
    return {.event = SystemEvent::other, .number = number};
  }
}

// The words of `ndata`: flags, then size and 15 bytes, as they are documented beside struct kvm_run.
constexpr std::uint32_t words_with_instruction = 3;

InternalErrorExit decode_internal_error(const kvm_run& run) {
  InternalErrorExit exit{.suberror = run.internal.suberror, .instruction = {}};
  const auto& failure = run.emulation_failure;
  const bool has_instruction = exit.suberror == KVM_INTERNAL_ERROR_EMULATION &&
                               failure.ndata >= words_with_instruction &&
                               (failure.flags & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0;
  if (!has_instruction) return exit;
  const auto bytes =
      std::span(failure.insn_bytes).first(std::min<std::size_t>(failure.insn_size, sizeof failure.insn_bytes));
  exit.instruction.assign(bytes.begin(), bytes.end());
  return exit;
}

} // namespace

Exit decode_exit(std::span<std::uint8_t> run_area) {
  // SAFETY: KVM's shared area starts with struct kvm_run and is page aligned; only its own vCPU's thread reads it.
  kvm_run& run = *reinterpret_cast<kvm_run*>(run_area.data());
  switch (run.exit_reason) {
  case KVM_EXIT_IO:
    return decode_io(run, run_area);
  case KVM_EXIT_MMIO:
    return decode_mmio(run);
  case KVM_EXIT_INTR:
  case KVM_EXIT_IRQ_WINDOW_OPEN:
    return InterruptedExit{};
  case KVM_EXIT_HLT:
    return HaltExit{};
  case KVM_EXIT_SHUTDOWN:
    return ShutdownExit{};
  case KVM_EXIT_SYSTEM_EVENT:
    return decode_system_event(run);
  case KVM_EXIT_INTERNAL_ERROR:
    return decode_internal_error(run);
  case KVM_EXIT_FAIL_ENTRY:
    return FailEntryExit{.hardware_reason = run.fail_entry.hardware_entry_failure_reason};
  default:
    return unexpected(run.exit_reason);
  }
}

std::string_view internal_error_name(std::uint32_t suberror) {
  switch (suberror) {
  case KVM_INTERNAL_ERROR_EMULATION:
    return "an instruction that KVM could not emulate";
  case KVM_INTERNAL_ERROR_SIMUL_EX:
    return "an exception while another was delivered";
  case KVM_INTERNAL_ERROR_DELIVERY_EV:
    return "an exit while an event was delivered";
  case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
    return "an exit of the hardware that KVM does not know";
  default:
    return "an error of an unknown kind";
  }
}

} // namespace volt::kvm
