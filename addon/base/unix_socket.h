// Unix sockets (unix(7)): their addresses, and descriptors that come with messages.
#pragma once

#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <vector>

#include "base/file_descriptor.h"

namespace volt {

/// `path` is shorter than sun_path.
[[nodiscard]] sockaddr_un unix_address(const std::string& path);

/// A stream socket, closed on exec, that is connected to the one that listens at `path`. `flags` are SOCK_NONBLOCK or
/// 0; connecting, sending and receiving wait for `patience` each, or, where that is zero, for ever.
[[nodiscard]] Result<FileDescriptor> connect_unix(const std::string& path, int flags = 0, timeval patience = {});

/// 0 where it is a Unix stream socket with a peer; otherwise an errno: ENOTCONN, ENOTSOCK, or EPROTOTYPE for another
/// kind of socket.
[[nodiscard]] int check_unix_stream(int descriptor);

/// Whether the call that just failed, by errno, may be tried again as it is.
[[nodiscard]] bool would_block();

/// Appends every descriptor that came with `message` (SCM_RIGHTS).
void take_descriptors(msghdr& message, std::vector<FileDescriptor>& taken);

} // namespace volt
