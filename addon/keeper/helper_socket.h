// The sockets between a helper and its machine, made anew for each start.
#pragma once

#include "base/file_descriptor.h"

namespace volt {

struct HelperSocket {
  FileDescriptor machine;
  FileDescriptor helper;
};

/// Two connected ends; `type` is SOCK_STREAM or SOCK_SEQPACKET. Of a stream the helper may write far ahead of the
/// machine.
[[nodiscard]] Result<HelperSocket> socket_pair(int type);

/// The helper's end listens, and the machine's is the one connection that waits there already: nobody else can be
/// first, as its name was in a directory of this user's alone, and has gone again.
[[nodiscard]] Result<HelperSocket> listening_pair();

} // namespace volt
