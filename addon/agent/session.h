// One connection: a request, a command, and its streams until it ends.
#pragma once

#include "base/file_descriptor.h"

namespace volt::agent {

/// Serves the client to its end or the command's, in a process of its own: it blocks SIGCHLD and SIGTERM, by which the
/// command is ended too. A client that goes away ends its command: SIGHUP to the process group, after two seconds
/// SIGKILL. What the client does wrong is told to it.
void serve_client(FileDescriptor client);

} // namespace volt::agent
