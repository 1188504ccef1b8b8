// One run of volt-vmm: from the plan's bytes to the exit code.
#pragma once

#include "vmm/arguments.h"
#include "vmm/event_log.h"

namespace volt {

/// Runs the machine to its end. Threads that serve descriptors may be left: the caller ends the process by _exit().
[[nodiscard]] int run_session(const Arguments& arguments);

} // namespace volt
