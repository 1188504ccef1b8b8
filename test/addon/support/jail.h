// The probe (programs/jail_probe.cc) in a jail.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/launch.h"
#include "support/pipe.h"

namespace volt::test {

constexpr int patience_ms = 10000;

/// Up to a line `end`, or to the pipe's end.
inline std::string read_words(int descriptor) {
  std::string text;
  std::array<char, 4096> chunk{};
  while (!text.ends_with("end\n")) {
    pollfd request{descriptor, POLLIN, 0};
    if (poll(&request, 1, patience_ms) != 1) return text + "(timeout)";
    const ssize_t count = read(descriptor, chunk.data(), chunk.size());
    if (count <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return text;
}

/// The probe in a jail, with its streams at 0 and 1.
struct Jail {
  explicit Jail(SandboxMode mode = SandboxMode::strict)
      : executable(open(JAIL_PROBE, O_RDONLY | O_CLOEXEC)), request{.executable = executable.get(),
                                                                    .arguments = {"probe", "one"},
                                                                    .descriptors = {{input.reader.get(), 0},
                                                                                    {output.writer.get(), 1}},
                                                                    .mode = mode} {}

  std::string start() {
    launched = launch(request);
    output.writer = FileDescriptor();
    if (!launched.ok()) return launched.error().message;
    return read_words(output.reader.get());
  }
  int end() {
    input.writer = FileDescriptor();
    int status = -1;
    REQUIRE(waitpid(launched.value().pid, &status, 0) == launched.value().pid);
    return status;
  }

  Pipe input;
  Pipe output;
  FileDescriptor executable;
  LaunchRequest request;
  Result<Launched> launched{Error{}};
};

} // namespace volt::test
