// The one way to call KVM: an ioctl whose failure becomes an Error that says what was tried.
#pragma once

#include <string_view>

#include "base/result.h"

namespace volt::kvm {

/// What EINTR means to the caller.
enum class OnInterrupt { fail, retry };

/// The ioctl's non-negative result. `attempted` completes "cannot …".
[[nodiscard]] Result<int> call(int descriptor, unsigned long request, void* argument, std::string_view attempted,
                               OnInterrupt on_interrupt = OnInterrupt::fail);

/// For requests whose argument is a number.
[[nodiscard]] Result<int> call(int descriptor, unsigned long request, unsigned long argument,
                               std::string_view attempted, OnInterrupt on_interrupt = OnInterrupt::fail);

} // namespace volt::kvm
