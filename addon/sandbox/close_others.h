// Closing all descriptors but some.
#pragma once

#include <span>

namespace volt {

/// `kept` ascends without repetition. Async-signal-safe; sets errno where it returns false, on kernels before 5.9.
[[nodiscard]] bool close_all_but(std::span<const int> kept);

} // namespace volt
