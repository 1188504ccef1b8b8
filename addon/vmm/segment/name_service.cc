// Configured by standard input, so that no file is left; all of its state follows from that (leasefile-ro).
#include "vmm/segment/name_service.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/segment/unprivileged_child.h"

namespace volt {

namespace {

constexpr std::chrono::seconds start_patience{5};
constexpr std::chrono::milliseconds between_looks{2};
constexpr timeval connect_patience{.tv_sec = 0, .tv_usec = 100'000};
constexpr std::chrono::seconds restart_pause{1};
constexpr std::size_t maximum_said_bytes = 512;
constexpr std::uint16_t dns_port = 53;

Result<FileDescriptor> file_with(const std::string& text) {
  FileDescriptor file(memfd_create("dnsmasq.conf", MFD_CLOEXEC));
  const bool written = file.valid() && write(file.get(), text.data(), text.size()) == std::ssize(text) &&
                       lseek(file.get(), 0, SEEK_SET) == 0;
  if (!written) return host_error(errno, "write dnsmasq's configuration");
  return file;
}

/// Whether somebody takes connections at the address; it needs lo, by which a host reaches itself. Who listens and
/// has too many connections, of guests that want to be in the way, leaves this one in progress.
bool answers_at(std::uint32_t address) {
  const FileDescriptor stream(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(stream.get(), SOL_SOCKET, SO_SNDTIMEO, &connect_patience, sizeof connect_patience);
  sockaddr_in internet{};
  internet.sin_family = AF_INET;
  internet.sin_port = htons(dns_port);
  internet.sin_addr.s_addr = htonl(address);
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  return connect(stream.get(), reinterpret_cast<const sockaddr*>(&internet), sizeof internet) == 0 ||
         errno == EINPROGRESS;
}

bool is_readable(int descriptor, std::chrono::milliseconds patience) {
  pollfd request{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&request, 1, static_cast<int>(patience.count())) > 0;
}

} // namespace

Result<void> NameService::use(const std::string& configuration) {
  if (process_.valid() && configuration == configuration_) return {};
  end();
  configuration_ = configuration;
  auto started = start(configuration);
  if (started.ok()) started = wait_until_it_answers();
  if (!started.ok()) end();
  return started;
}

void NameService::take_end() {
  end();
  own_words_.write("volt-vmm: segment: dnsmasq has ended\n");
  restart_time_ = Clock::now() + restart_pause;
}

void NameService::restart() {
  keep(configuration_);
}

void NameService::keep(const std::string& configuration) {
  const auto started = use(configuration);
  if (started.ok()) return;
  own_words_.write("volt-vmm: segment: " + started.error().message + "\n");
  restart_time_ = Clock::now() + restart_pause;
}

Result<void> NameService::start(const std::string& configuration) {
  const FileDescriptor input = TRY(file_with(configuration));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return host_error(errno, "make a pipe");
  log_ = FileDescriptor(ends[0]);
  said_.clear();
  const FileDescriptor writing(ends[1]);
  if (fcntl(log_.get(), F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "make a pipe non-blocking");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) return host_error(errno, "start dnsmasq");
  if (pid_ == 0) execute(input.get(), writing.get(), parent);
  // In both processes: whichever comes first.
  static_cast<void>(setpgid(pid_, pid_));
  process_ = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!process_.valid()) return host_error(errno, "watch dnsmasq");
  return {};
}

void NameService::execute(int configuration, int log, pid_t parent) const {
  // A group of its own, with the processes that it makes for connections.
  static_cast<void>(setpgid(0, 0));
  if (dup2(configuration, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) _exit(1);
  const auto ready = become_unprivileged(owner_, parent);
  if (ready.ok()) {
    const char* const arguments[] = {"dnsmasq",          "--keep-in-foreground", "--conf-file=-",
                                     "--log-facility=-", "--pid-file=",          nullptr};
    const char* const environment[] = {nullptr};
    // SAFETY: execve(2) changes neither.
    execve(program_.c_str(), const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
    std::fprintf(stderr, "cannot execute %s: %s\n", program_.c_str(), std::strerror(errno));
  } else {
    std::fprintf(stderr, "%s\n", ready.error().message.c_str());
  }
  _exit(1);
}

Result<void> NameService::wait_until_it_answers() {
  const auto deadline = Clock::now() + start_patience;
  while (!answers_at(subnet_.bridge)) {
    const bool has_ended = is_readable(process_.get(), between_looks);
    relay_log();
    if (!has_ended && Clock::now() < deadline) continue;
    std::ranges::replace(said_, '\n', ' ');
    return Error{.message = "dnsmasq did not start: " + (said_.empty() ? "it was silent" : said_),
                 .hint = "its package documents what it says: man dnsmasq"};
  }
  return {};
}

void NameService::relay_log() {
  if (!log_.valid()) return;
  const Heard heard = hear(log_.get());
  if (heard.has_ended) log_ = FileDescriptor(); // with all that it made
  said_.append(heard.text, 0, maximum_said_bytes - said_.size());
  all_said_.write(heard.text);
}

void NameService::end() {
  restart_time_.reset();
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
  process_ = FileDescriptor();
  log_ = FileDescriptor();
}

} // namespace volt
