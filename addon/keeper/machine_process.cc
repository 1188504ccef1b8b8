// A socket pair for the console, a pipe for the events, and launch().
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

Result<Pair> events_pair() {
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

Result<MachineProcess> launch_machine(const KeepArguments& arguments, int executable) {
  if (lseek(arguments.plan, 0, SEEK_SET) != 0) return host_error(errno, "read the plan again");
  Pair console;
  if (arguments.console < 0) console = TRY(console_pair());
  const int its_console = arguments.console < 0 ? console.its.get() : arguments.console;
  Pair events = TRY(events_pair());
  LaunchRequest request{.executable = executable, .mode = arguments.sandbox};
  request.arguments = {"volt-vmm"};
  request.arguments.insert(request.arguments.end(), arguments.machine.begin(), arguments.machine.end());
  const auto give = [&](const char* option, int descriptor) {
    request.arguments.insert(request.arguments.end(), {option, std::to_string(descriptor)});
  };
  give("--console-in", its_console);
  give("--console-out", its_console);
  give("--events", arguments.event_log);
  give("--events", events.its.get());
  for (const int descriptor : {0, 1, 2, arguments.event_log, its_console, events.its.get()})
    request.descriptors.emplace_back(descriptor, descriptor);
  for (const int descriptor : arguments.machine_descriptors)
    request.descriptors.emplace_back(descriptor, descriptor);
  Launched launched = TRY(launch(request));
  return MachineProcess{std::move(launched.pidfd), std::move(console.ours), std::move(events.ours)};
}

} // namespace volt
