// A socket pair for the console, pipes for the events and standard error, and launch().
#include "keeper/machine_process.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/launch.h"

namespace volt {

namespace {

struct Pair {
  FileDescriptor ours;
  FileDescriptor its;
};

Result<Pair> console_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return host_error(errno, "make a console");
  Pair pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "make a console");
  return pair;
}

Result<Pair> reading_pair() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return host_error(errno, "make a pipe");
  Pair pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "make a pipe");
  return pair;
}

} // namespace

void MachineProcess::signal(int number) const {
  syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0);
}

Result<MachineProcess> launch_machine(const KeepArguments& arguments, int executable,
                                      std::span<const FreshFile> fresh) {
  if (lseek(arguments.plan, 0, SEEK_SET) != 0) return host_error(errno, "read the plan again");
  Pair console;
  if (arguments.console < 0) console = TRY(console_pair());
  const int its_console = arguments.console < 0 ? console.its.get() : arguments.console;
  Pair events = TRY(reading_pair());
  Pair errors = TRY(reading_pair());
  LaunchRequest request{.executable = executable,
                        .cgroup = arguments.cgroup,
                        .mode = arguments.sandbox,
                        .uid = arguments.user,
                        .gid = arguments.user};
  request.arguments = {"volt-vmm"};
  request.arguments.insert(request.arguments.end(), arguments.machine.begin(), arguments.machine.end());
  const auto give = [&](const char* option, int descriptor, const std::string& name = "") {
    request.arguments.insert(request.arguments.end(), {option, name + std::to_string(descriptor)});
    request.descriptors.emplace_back(descriptor, descriptor);
  };
  request.descriptors = {{0, 0}, {1, 1}, {errors.its.get(), 2}};
  request.arguments.insert(request.arguments.end(), {"--console-in", std::to_string(its_console)});
  give("--console-out", its_console);
  give("--events", events.its.get());
  for (const FreshFile& file : fresh)
    give("--file", file.descriptor.get(), file.name + "=");
  for (const int descriptor : arguments.machine_descriptors)
    request.descriptors.emplace_back(descriptor, descriptor);
  Launched launched = TRY(launch(request));
  return MachineProcess{launched.pid, std::move(launched.pidfd), std::move(console.ours), std::move(events.ours),
                        std::move(errors.ours)};
}

} // namespace volt
