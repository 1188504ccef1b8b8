// What a child process is before it becomes a program that a guest talks to.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "vmm/segment/network_namespace.h"

namespace volt {

/// Leaves this process, and the program that it executes, no right over anything where the host has user namespaces,
/// and CAP_NET_ADMIN over its network namespace elsewhere. As the host's root it becomes the user of uid 65534
/// (nobody). It is killed when `parent`, which made it, has ended. To be called in the child.
[[nodiscard]] Result<void> become_unprivileged(NamespaceOwner owner, pid_t parent);

} // namespace volt
