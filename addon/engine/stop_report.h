// How a machine ended: a reason of a closed set, a sentence, and what a script may want to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volt {

enum class StopReason { poweroff, reset, stopped, panic, triple_fault, internal_error, fail_entry, host_error };

/// As in events, such as `triple-fault`.
[[nodiscard]] std::string_view name_of(StopReason reason);

/// Exit code of a process that ran such a machine (docs/architecture.md).
[[nodiscard]] int exit_code_of(StopReason reason);

struct StopReport {
  StopReason reason = StopReason::stopped;
  /// One sentence for people.
  std::string message;
  /// APIC id of the vCPU that ended the machine.
  std::optional<std::uint32_t> vcpu = std::nullopt;
  /// internal_error: KVM_INTERNAL_ERROR_*.
  std::optional<std::uint32_t> suberror = std::nullopt;
  std::optional<std::uint64_t> rip = std::nullopt;
  /// internal_error: the instruction's bytes; empty where KVM does not tell.
  std::vector<std::uint8_t> instruction = {};
  std::optional<std::uint64_t> hardware_reason = std::nullopt;
  std::optional<int> host_errno = std::nullopt;
};

} // namespace volt
