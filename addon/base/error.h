// What can go wrong on the host's side or with a plan; guest misbehaviour is never an Error but a stop reason.
#pragma once

#include <string>
#include <string_view>

namespace volt {

enum class ErrorCode {
  kvm_missing,
  kvm_permission,
  kvm_version,
  kvm_capability,
  plan_invalid,
  host_error,
};

/// The code as users and scripts see it, such as `KVM_MISSING`.
[[nodiscard]] std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::host_error;
  /// errno of the call that failed, 0 where no call did.
  int host_errno = 0;
  /// One sentence without a final stop.
  std::string message;
  /// What the user can do about it; empty when nothing is known.
  std::string hint;
};

/// "cannot <attempted>: <text of host_errno>".
[[nodiscard]] Error host_error(int host_errno, std::string_view attempted);

/// A plan that cannot be executed; `pointer` is a JSON pointer into it.
[[nodiscard]] Error plan_invalid(std::string_view pointer, std::string_view problem);

} // namespace volt
