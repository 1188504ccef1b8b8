// A network namespace of this process's own, where it may make interfaces that the host does not see.
#pragma once

#include <string>

#include "base/result.h"

namespace volt {

/// How the namespace was made.
enum class NamespaceOwner {
  /// By a privileged user: uids are the host's.
  host,
  /// In a user namespace of its own that knows this process's uid and gid alone.
  user,
};

/// Moves the process, which must have one thread. The error says what the host forbids and where that is set.
[[nodiscard]] Result<NamespaceOwner> enter_network_namespace();

/// What to do where a user namespace is refused or grants nothing, by the settings in `sysctls`, /proc/sys or a
/// stand-in.
[[nodiscard]] std::string namespace_hint(const std::string& sysctls);

/// The hint for this host.
constexpr const char* host_sysctls = "/proc/sys";

} // namespace volt
