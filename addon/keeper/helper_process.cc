// fork(2); proc(5) says who the children are.
#include "keeper/helper_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "sandbox/close_others.h"

namespace volt {

namespace {

constexpr int exit_setup = 127;
constexpr int socket_number = 3;
/// Beyond what a helper is given.
constexpr int first_free = 10;
constexpr std::chrono::milliseconds end_patience{2000};
constexpr std::chrono::milliseconds between_looks{1};

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return host_error(errno, "make a pipe");
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// All that the child needs, made before there is one.
struct Setup {
  pid_t parent;
  int death_signal;
  int socket;
  int output;
  int report;
  const char* program;
  char* const* arguments;
  char* const* environment;
};

/// Whoever is ended by SIGTERM takes it when it is ready to, so that none comes too early to tidy up.
void default_signals(bool waits_for_end) {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) std::signal(number, SIG_DFL);
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  if (waits_for_end) sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

bool place_descriptors(const Setup& setup, int& report) {
  // Above all numbers that are filled first.
  const int socket = fcntl(setup.socket, F_DUPFD_CLOEXEC, first_free);
  const int output = fcntl(setup.output, F_DUPFD_CLOEXEC, first_free);
  report = fcntl(setup.report, F_DUPFD_CLOEXEC, first_free);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (socket < 0 || output < 0 || report < 0 || nothing < 0) return false;
  const bool are_placed = dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
                          dup2(output, STDERR_FILENO) >= 0 && dup2(socket, socket_number) >= 0;
  const std::array<int, 5> kept{0, 1, 2, socket_number, report};
  return are_placed && close_all_but(kept);
}

[[noreturn]] void run_child(const Setup& setup) {
  int report = setup.report;
  prctl(PR_SET_PDEATHSIG, setup.death_signal, 0, 0, 0);
  if (getppid() != setup.parent) _exit(exit_setup);
  default_signals(setup.death_signal == SIGTERM);
  if (place_descriptors(setup, report)) execvpe(setup.program, setup.arguments, setup.environment);
  const int error = errno;
  static_cast<void>(!write(report, &error, sizeof error));
  _exit(exit_setup);
}

/// The children of the only thread, and what they left to us.
std::vector<pid_t> children() {
  const FileDescriptor list(open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
  // A part of very many; the next look finds others.
  std::array<char, 512> text{};
  const ssize_t count = read(list.get(), text.data(), text.size());
  std::vector<pid_t> found;
  const char* const end = text.data() + std::max<ssize_t>(count, 0);
  for (const char* next = text.data(); next < end;) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(next, end, pid);
    // Behind each comes a blank; a number without one was cut off.
    if (parsed.ec != std::errc() || parsed.ptr == end) break;
    found.push_back(pid);
    next = parsed.ptr + 1;
  }
  return found;
}

} // namespace

Result<HelperProcess> spawn_helper(const HelperCommand& command, int socket) {
  Pipe report = TRY(make_pipe());
  Pipe output = TRY(make_pipe());
  if (fcntl(output.reader.get(), F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "make a pipe");
  const bool is_broker = command.kind == HelperCommand::Kind::broker;
  std::vector<char*> arguments;
  // execve takes char* and writes to none.
  arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const std::string& argument : command.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const char* const path = std::getenv("PATH");
  std::string environment = "PATH=" + std::string(path == nullptr ? "" : path);
  std::array<char*, 2> variables{environment.data(), nullptr};
  const Setup setup{.parent = getpid(),
                    .death_signal = is_broker ? SIGTERM : SIGKILL,
                    .socket = socket,
                    .output = output.writer.get(),
                    .report = report.writer.get(),
                    .program = is_broker ? "/proc/self/exe" : command.program.c_str(),
                    .arguments = arguments.data(),
                    .environment = variables.data()};
  HelperProcess process;
  process.pid = fork();
  if (process.pid == 0) run_child(setup);
  if (process.pid < 0) return host_error(errno, "make a process for " + helper_title(command));
  process.pidfd = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  process.output = std::move(output.reader);
  report.writer = FileDescriptor();
  int error = 0;
  const ssize_t count = read(report.reader.get(), &error, sizeof error);
  if (count == 0 && process.pidfd.valid()) return process;
  kill(process.pid, SIGKILL);
  waitpid(process.pid, nullptr, 0);
  return host_error(count == sizeof error ? error : errno, "execute " + command.program);
}

Result<void> adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return host_error(errno, "adopt orphans (PR_SET_CHILD_SUBREAPER)");
}

void end_children() {
  const auto until = std::chrono::steady_clock::now() + end_patience;
  // What one leaves behind becomes a child in its turn.
  while (std::chrono::steady_clock::now() < until) {
    for (const pid_t pid : children())
      kill(pid, SIGKILL);
    pid_t ended = 0;
    while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) return;
    std::this_thread::sleep_for(between_looks);
  }
}

} // namespace volt
