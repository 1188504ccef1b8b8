// The process of a helper: spawned, heard, ended.
#pragma once

#include <sys/types.h>

#include "base/file_descriptor.h"
#include "keeper/helper_command.h"

namespace volt {

struct HelperProcess {
  /// Not reaped by anybody else.
  pid_t pid = -1;
  FileDescriptor pidfd;
  /// The reading end of its standard output and error; non-blocking.
  FileDescriptor output;
};

/// Returns when the program runs, with `socket`, which stays the caller's, as its descriptor 3. Of the environment it
/// has PATH alone. When the calling thread ends it is killed, the broker, which tidies up, by SIGTERM; the kernel
/// forgets that of a program that changes its user, which ends when its socket hangs up.
[[nodiscard]] Result<HelperProcess> spawn_helper(const HelperCommand& command, int socket);

/// Makes this process the parent of whatever the processes below it leave behind, so that end_children() finds it.
[[nodiscard]] Result<void> adopt_orphans();

/// Kills all processes below this one and waits for them, for two seconds at most. Its thread is the only one.
void end_children();

} // namespace volt
