// A process that is meant, not merely its number: pid and start time.
#pragma once

#include <string>
#include <sys/types.h>

#include "base/file_descriptor.h"

namespace volt::binding {

/// Start time in clock ticks since boot (/proc/PID/stat, field 22); empty where there is no such process, or only its
/// corpse.
[[nodiscard]] std::string start_time_of(pid_t pid);

/// A pidfd of the process with this pid and start time; an invalid descriptor when it is gone.
[[nodiscard]] Result<FileDescriptor> open_process(pid_t pid, const std::string& start_time);

} // namespace volt::binding
