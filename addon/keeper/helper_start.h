// A helper's start, up to where it serves its machine.
#pragma once

#include "base/bounded_log.h"
#include "base/signal_watch.h"
#include "keeper/helper_process.h"

namespace volt {

struct StartedHelper {
  /// What the machine gets.
  FileDescriptor machine;
  /// What it says from now on; not valid of one that says nothing.
  FileDescriptor output;
  /// Not valid of a device of the kernel, and of one that went into the background.
  FileDescriptor pidfd;
};

/// Waits until it is ready, ten seconds at most, or until `signals` ask for the end. What it says meanwhile goes to
/// `log`. The error has its last words; what was started is left to end_children().
[[nodiscard]] Result<StartedHelper> start_helper(const HelperCommand& command, BoundedLog& log, SignalWatch& signals);

} // namespace volt
