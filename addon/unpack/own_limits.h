// What volt-unpack may use of the host, whatever it is given.
#pragma once

#include "base/result.h"

namespace volt {

/// Memory, processor time and core files, then the layers of a sandbox that the host has (sandbox/own_layers.h). Only
/// standard input, output and error stay open.
[[nodiscard]] Result<void> enter_own_limits();

} // namespace volt
