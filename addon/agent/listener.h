// Where the agent listens, and a process for each client.
#pragma once

#include <string>

#include "base/file_descriptor.h"

namespace volt::agent {

/// Of vsock; docs/agent.md.
constexpr unsigned default_port = 717;

/// A listening socket at a vsock port of the guest.
[[nodiscard]] Result<FileDescriptor> listen_vsock(unsigned port);
/// At a Unix socket, which must not be there yet: for tests without a machine.
[[nodiscard]] Result<FileDescriptor> listen_unix(const std::string& path);

/// Serves clients for ever, at most 64 at a time; a further one is closed at once. By vsock only the host's programs
/// are clients: whoever else connects is closed. Returns where it cannot go on.
[[nodiscard]] Result<void> serve_listener(const FileDescriptor& listener);

} // namespace volt::agent
