// fork(2) and exec(2); a pipe that exec closes tells whether it came so far.
#include "agent/command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace volt::agent {

namespace {

constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return host_error(errno, "open a pipe");
  return Pipe{.reader = FileDescriptor(ends[0]), .writer = FileDescriptor(ends[1])};
}

Result<void> stop_blocking(const FileDescriptor& file) {
  if (fcntl(file.get(), F_SETFL, fcntl(file.get(), F_GETFL) | O_NONBLOCK) == 0) return {};
  return host_error(errno, "make a stream non-blocking");
}

/// What the command has, and what we have of it.
struct Streams {
  std::array<FileDescriptor, 3> theirs;
  Command ours;
};

winsize to_winsize(WindowSize size) {
  winsize window{};
  window.ws_col = size.columns;
  window.ws_row = size.rows;
  return window;
}

Result<Streams> open_terminal(WindowSize size) {
  FileDescriptor master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 64> name{};
  if (!master.valid() || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0 ||
      ptsname_r(master.get(), name.data(), name.size()) != 0)
    return host_error(errno, "open a terminal (/dev/ptmx, devpts)");
  FileDescriptor slave(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.valid()) return host_error(errno, "open a terminal (devpts)");
  const winsize window = to_winsize(size);
  ioctl(slave.get(), TIOCSWINSZ, &window);
  Streams streams;
  streams.theirs[1] = TRY(FileDescriptor::duplicate(slave.get()));
  streams.theirs[2] = TRY(FileDescriptor::duplicate(slave.get()));
  streams.theirs[0] = std::move(slave);
  streams.ours.input = TRY(FileDescriptor::duplicate(master.get()));
  streams.ours.output = std::move(master);
  streams.ours.has_terminal = true;
  return streams;
}

Result<Streams> open_pipes() {
  Pipe input = TRY(open_pipe());
  Pipe output = TRY(open_pipe());
  Pipe errors = TRY(open_pipe());
  TRY(stop_blocking(errors.reader));
  Streams streams;
  streams.theirs = {std::move(input.reader), std::move(output.writer), std::move(errors.writer)};
  streams.ours.input = std::move(input.writer);
  streams.ours.output = std::move(output.reader);
  streams.ours.error_output = std::move(errors.reader);
  return streams;
}

void set_environment(const Request& request) {
  const char* const home = std::getenv("HOME");
  const std::string kept = home == nullptr ? "/" : home;
  clearenv();
  setenv("PATH", default_path, 1);
  setenv("HOME", kept.c_str(), 1);
  for (const std::string& variable : request.variables) {
    const std::size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
}

/// How the child tells that it came to no command; both 0 where it did.
struct Failure {
  int host_errno = 0;
  bool is_of_directory = false;
};

/// In the child.
Failure become(const Request& request, const Streams& streams, pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (getppid() != parent) return {ESRCH};
  if (streams.ours.has_terminal && ioctl(streams.theirs[0].get(), TIOCSCTTY, 0) != 0) return {errno};
  for (int stream = 0; stream < 3; stream++) {
    if (dup2(streams.theirs[static_cast<std::size_t>(stream)].get(), stream) < 0) return {errno};
  }
  for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD})
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(request.directory.empty() ? "/" : request.directory.c_str()) != 0) return {errno, true};
  set_environment(request);
  std::vector<char*> words;
  for (const std::string& argument : request.arguments)
    words.push_back(const_cast<char*>(argument.c_str())); // exec(2) does not write to them
  words.push_back(nullptr);
  execvp(words[0], words.data());
  return {errno};
}

/// Waits for exec to close the pipe, or for what the child says before.
Failure failure_from(const FileDescriptor& reader) {
  Failure failure;
  ssize_t count = 0;
  do
    count = read(reader.get(), &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  return count == sizeof failure ? failure : Failure{};
}

} // namespace

Result<Command> start_command(const Request& request) {
  Streams streams = TRY(request.terminal ? open_terminal(*request.terminal) : open_pipes());
  TRY(stop_blocking(streams.ours.input));
  TRY(stop_blocking(streams.ours.output));
  Pipe verdict = TRY(open_pipe());
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return host_error(errno, "start a process");
  if (child == 0) {
    const Failure failure = become(request, streams, parent);
    [[maybe_unused]] const ssize_t written = write(verdict.writer.get(), &failure, sizeof failure);
    _exit(127);
  }
  verdict.writer = FileDescriptor();
  streams.ours.process = child;
  const Failure failure = failure_from(verdict.reader);
  if (failure.host_errno == 0) return std::move(streams.ours);
  streams.ours.kill();
  if (failure.is_of_directory) return host_error(failure.host_errno, "change to " + request.directory);
  return host_error(failure.host_errno, "run " + request.arguments[0]);
}

std::optional<int> Command::ended() const {
  siginfo_t information{};
  if (waitid(P_PID, static_cast<id_t>(process), &information, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
  if (information.si_pid == 0) return std::nullopt;
  return information.si_code == CLD_EXITED ? W_EXITCODE(information.si_status, 0)
                                           : W_EXITCODE(0, information.si_status);
}

void Command::send_signal(int number) const {
  pid_t group = 0;
  if (!has_terminal || ioctl(output.get(), TIOCGPGRP, &group) != 0 || group <= 0) group = process;
  ::kill(-group, number);
}

void Command::resize(WindowSize size) const {
  const winsize window = to_winsize(size);
  if (has_terminal) ioctl(output.get(), TIOCSWINSZ, &window);
}

void Command::kill() {
  ::kill(-process, SIGKILL);
  // Before it has a group of its own it is not reached by that.
  ::kill(process, SIGKILL);
  reap();
}

void Command::reap() {
  while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

} // namespace volt::agent
