// Starts a machine's process in a jail: namespaces of its own, nothing to open, and the descriptors that it is given.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "sandbox/layer_report.h"
#include "sandbox/mode.h"

namespace volt {

struct LaunchRequest {
  /// Of a statically linked program, as the jail has no dynamic linker; the caller's.
  int executable = -1;
  /// With the program's name. Behind them comes `--jail LAYERS` unless the mode is off: names of those in force, with
  /// commas, or `none`; and `--jail-missing LAYER=REASON` for each that the host refuses.
  std::vector<std::string> arguments;
  /// Ours, and the number that it has there. All else is closed: without 0 to 2, files that the program opens later
  /// take the place of its standard streams.
  std::vector<std::pair<int, int>> descriptors;
  /// A directory of cgroup v2 that the process begins in; -1: the caller's.
  int cgroup = -1;
  SandboxMode mode = SandboxMode::best_effort;
  /// Who it is where the launcher is root; otherwise it stays who the launcher is.
  std::uint32_t uid = 65534;
  std::uint32_t gid = 65534;
};

struct Launched {
  /// In the caller's PID namespace; not reaped by anybody else.
  pid_t pid = -1;
  FileDescriptor pidfd;
  /// `user`, `pid`, `mount`, `ipc`, `uts`, `network` and `cgroup` (namespaces), `root` (an empty read-only tree is all
  /// it sees) and `uid` (not root).
  LayerReport layers;
};

/// Returns when the program runs, or when it cannot: with what was tried in the child and its errno. It has no
/// environment, no signal's disposition is the caller's, and SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGPWR are blocked,
/// so that none is lost before it watches for them (PID 1 of a namespace ignores what it does not handle). It is killed
/// when the calling *thread* ends: to be called on one that lives as long as the process. Any thread may call it, as
/// nothing between clone3 and execveat needs a lock.
[[nodiscard]] Result<Launched> launch(const LaunchRequest& request);

} // namespace volt
