// `volt-vmm keep`: the small parent of a machine's process, which holds its descriptors from the first boot to the
// last.
#pragma once

#include <span>

namespace volt {

/// The whole of it: its exit code.
[[nodiscard]] int run_keep(std::span<const char* const> arguments);

} // namespace volt
