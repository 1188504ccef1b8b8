// Texts of host errors.
#include "base/error.h"

#include <array>
#include <cstring>

#include "base/encoding.h"

namespace volt {

namespace {

constexpr std::size_t message_limit = 400; // bytes

} // namespace

std::string_view name_of(ErrorCode code) {
  switch (code) {
  case ErrorCode::kvm_missing:
    return "KVM_MISSING";
  case ErrorCode::kvm_permission:
    return "KVM_PERMISSION";
  case ErrorCode::kvm_version:
    return "KVM_VERSION";
  case ErrorCode::kvm_capability:
    return "KVM_CAPABILITY";
  case ErrorCode::plan_invalid:
    return "PLAN_INVALID";
  case ErrorCode::host_error:
    break;
  }
  return "HOST_ERROR";
}

Error host_error(int host_errno, std::string_view attempted) {
  std::array<char, 128> buffer{};
  const char* text = strerror_r(host_errno, buffer.data(), buffer.size());
  return {.host_errno = host_errno, .message = "cannot " + std::string(attempted) + ": " + text, .hint = ""};
}

Error plan_invalid(std::string_view pointer, std::string_view problem) {
  const std::string where = pointer.empty() ? "the plan" : "the plan at " + std::string(pointer);
  // Both may repeat what a hand-made plan says.
  return {.code = ErrorCode::plan_invalid,
          .message = printable(where, message_limit) + ": " + printable(problem, message_limit),
          .hint = ""};
}

} // namespace volt
