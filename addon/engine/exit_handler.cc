// One answer a kind of exit.
#include "engine/exit_handler.h"

#include "base/encoding.h"
#include "engine/instruction_name.h"

namespace volt {

namespace {

constexpr std::string_view emulation_hint =
    "this host's KVM emulates the instruction instead of letting the processor run it, as KVM does for all kernel-mode "
    "code where the host has no VMX or SVM; boot such a guest on a host that has one of them";

class ExitHandler {
public:
  ExitHandler(const kvm::Vcpu& vcpu, const Board& board) : vcpu_(vcpu), board_(board) {}

  std::optional<StopReport> operator()(const kvm::IoExit& exit) const {
    // A string instruction is the same access again and again.
    for (auto rest = exit.data; rest.size() >= exit.size_bytes && !rest.empty(); rest = rest.subspan(exit.size_bytes)) {
      const auto item = rest.first(exit.size_bytes);
      if (exit.direction == kvm::Direction::read) {
        board_.ports().read(exit.port, item);
      } else {
        board_.ports().write(exit.port, item);
      }
    }
    return std::nullopt;
  }

  std::optional<StopReport> operator()(const kvm::MmioExit& exit) const {
    if (exit.direction == kvm::Direction::read) {
      board_.memory_mapped().read(exit.address.value, exit.data);
    } else {
      board_.memory_mapped().write(exit.address.value, exit.data);
    }
    return std::nullopt;
  }

  std::optional<StopReport> operator()(const kvm::InterruptedExit&) const { return std::nullopt; }
  std::optional<StopReport> operator()(const kvm::NotRunnableExit&) const { return std::nullopt; }

  std::optional<StopReport> operator()(const kvm::HaltExit&) const {
    return report(StopReason::internal_error,
                  "KVM handed over a halt that its own interrupt controllers should wait for");
  }

  std::optional<StopReport> operator()(const kvm::ShutdownExit&) const {
    return report(StopReason::triple_fault, "the guest's processor " + std::to_string(vcpu_.id()) +
                                                " shut down: a fault while a double fault was handled (triple fault)");
  }

  std::optional<StopReport> operator()(const kvm::SystemEventExit& exit) const {
    switch (exit.event) {
    case kvm::SystemEvent::shutdown:
      return report(StopReason::poweroff, "the guest powered itself off");
    case kvm::SystemEvent::reset:
      return report(StopReason::reset, "the guest reset itself");
    case kvm::SystemEvent::crash:
      return report(StopReason::panic, "the guest reported a crash");
    case kvm::SystemEvent::other:
      break;
    }
    return report(StopReason::internal_error,
                  "KVM reported a system event that is not known: " + std::to_string(exit.number));
  }

  std::optional<StopReport> operator()(const kvm::InternalErrorExit& exit) const {
    StopReport result = report(StopReason::internal_error, "");
    result.suberror = exit.suberror;
    result.instruction = exit.instruction;
    const auto rip = vcpu_.rip();
    if (rip.ok()) result.rip = rip.value();
    const std::string where = result.rip ? " at rip " + format_address(*result.rip) : "";
    if (exit.suberror == kvm::emulation_failure && exit.instruction.empty()) {
      result.message =
          "KVM found no instruction to run" + where + ": most likely the guest jumped to where it has no memory";
    } else if (exit.suberror == kvm::emulation_failure) {
      result.message = "KVM could not emulate the instruction" + where + describe_instruction(exit.instruction) + "; " +
                       std::string(emulation_hint);
    } else {
      result.message = "KVM could not go on" + where + ": " + std::string(kvm::internal_error_name(exit.suberror)) +
                       " (suberror " + std::to_string(exit.suberror) + ")";
    }
    return result;
  }

  std::optional<StopReport> operator()(const kvm::FailEntryExit& exit) const {
    StopReport result = report(StopReason::fail_entry, "the host's processor refused to enter the guest on vCPU " +
                                                           std::to_string(vcpu_.id()) + ": hardware reason " +
                                                           format_address(exit.hardware_reason));
    result.hardware_reason = exit.hardware_reason;
    return result;
  }

  std::optional<StopReport> operator()(const kvm::UnexpectedExit& exit) const {
    return report(StopReason::internal_error, "KVM stopped the guest for a reason that Volt never asks for: exit " +
                                                  std::to_string(exit.number) + ", " + std::string(exit.name));
  }

private:
  [[nodiscard]] StopReport report(StopReason reason, std::string message) const {
    return {.reason = reason, .message = std::move(message), .vcpu = vcpu_.id()};
  }

  static std::string describe_instruction(const std::vector<std::uint8_t>& bytes) {
    const std::string_view name = instruction_name(bytes);
    return " (" + format_bytes(bytes, " ") + (name.empty() ? "" : ": " + std::string(name)) + ")";
  }

  const kvm::Vcpu& vcpu_;
  const Board& board_;
};

} // namespace

std::optional<StopReport> handle_exit(const kvm::Exit& exit, const kvm::Vcpu& vcpu, const Board& board) {
  return std::visit(ExitHandler(vcpu, board), exit);
}

StopReport host_error_report(const Error& error) {
  return {.reason = StopReason::host_error, .message = error.message, .host_errno = error.host_errno};
}

} // namespace volt
