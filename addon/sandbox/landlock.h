// Landlock: a process that may open nothing, whatever its user may.
#pragma once

#include "base/result.h"

namespace volt {

/// Forbids the calling thread, and those that it starts, every path, and by ABI: TCP ports (4), and signals and
/// abstract sockets of processes outside (6). What is open already stays usable. Wants no_new_privs or CAP_SYS_ADMIN.
/// The ABI in force.
[[nodiscard]] Result<int> restrict_by_landlock();

} // namespace volt
