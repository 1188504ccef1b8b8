// A command that runs: its process, in a session of its own, and its three streams.
#pragma once

#include <sys/types.h>

#include "agent/request.h"
#include "base/file_descriptor.h"

namespace volt::agent {

/// To be ended before it is destroyed. The descriptors do not block.
struct Command {
  pid_t process = -1;
  /// The terminal's side that is not the command's, where it has a terminal: then `output` is the same open file, and
  /// there is no `error_output`.
  FileDescriptor input;
  FileDescriptor output;
  FileDescriptor error_output;
  bool has_terminal = false;

  /// The wait status, once it has ended; the process stays to be reaped.
  [[nodiscard]] std::optional<int> ended() const;
  /// To its process group, or to the terminal's foreground one.
  void send_signal(int number) const;
  void resize(WindowSize size) const;
  /// SIGKILL to all of its process group, and reaps it.
  void kill();
  /// Reaps a process that has ended; others of its group go on.
  void reap();
};

/// Starts it with the default environment of docs/agent.md and the request's variables. The error's errno is that of
/// the step that failed, ENOENT where there is no such program.
[[nodiscard]] Result<Command> start_command(const Request& request);

} // namespace volt::agent
