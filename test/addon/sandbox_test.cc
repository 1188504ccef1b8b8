// The sandbox on the real kernel: a process confines itself, and each thing that it then tries ends it or is refused.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <liburing.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/landlock.h"
#include "sandbox/own_layers.h"
#include "sandbox/seccomp.h"

using namespace volt;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_instrumented = true;
#else
constexpr bool is_instrumented = false;
#endif

constexpr int came_through = 0;
constexpr int not_confined = 99;

enum class Where { main, device, vcpu };
constexpr std::array everywhere{Where::main, Where::device, Where::vcpu};

/// What waitpid() says of a confined process that does `body` on such a thread and returns its result.
int status_of(Where where, const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (!enter_own_layers(SandboxMode::strict, {0, 1, 2}).ok()) _exit(not_confined);
    if (where == Where::main) _exit(body());
    const ThreadKind kind = where == Where::vcpu ? ThreadKind::vcpu : ThreadKind::device;
    auto thread = Thread::start(
        "confined", [&body] { _exit(body()); }, kind);
    if (thread.ok()) thread.value().join();
    _exit(not_confined);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

bool is_killed(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/// Sanitizers ask the kernel for more than Volt does.
bool is_skipped() {
  if (is_instrumented) MESSAGE("skipped: seccomp does not let a sanitizer through");
  return is_instrumented;
}

struct Attempt {
  const char* name;
  int (*body)();
};

const std::array attempts{
    Attempt{"open /etc/passwd", [] { return open("/etc/passwd", O_RDONLY); }},
    Attempt{"execve",
            [] {
              char* const none[] = {nullptr};
              return execve("/bin/true", none, none);
            }},
    Attempt{"socket", [] { return socket(AF_UNIX, SOCK_STREAM, 0); }},
    Attempt{"ptrace", [] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    Attempt{"mmap with PROT_EXEC",
            [] {
              void* const got = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return got == MAP_FAILED ? 1 : 0;
            }},
    Attempt{"mprotect with PROT_EXEC",
            [] {
              alignas(4096) static std::array<char, 4096> page{};
              return mprotect(page.data(), page.size(), PROT_READ | PROT_EXEC);
            }},
    Attempt{"an ioctl outside the list (TIOCSTI)", [] { return ioctl(0, TIOCSTI, ""); }},
    Attempt{"clone of a process", [] { return static_cast<int>(fork()); }},
    Attempt{"a path by newfstatat",
            [] {
              struct stat status {};
              return stat("/etc/passwd", &status);
            }},
};

} // namespace

TEST_SUITE_BEGIN("sandbox");

TEST_CASE("each forbidden thing ends the process, on each kind of thread") {
  if (is_skipped()) return;
  for (const Attempt& attempt : attempts) {
    for (const Where where : everywhere) {
      CAPTURE(attempt.name);
      CAPTURE(static_cast<int>(where));
      CHECK(is_killed(status_of(where, attempt.body)));
    }
  }
}

TEST_CASE("what a kind of thread has no part in ends the process there, and not where it has") {
  if (is_skipped()) return;
  const auto irq_chip = [] { return ioctl(0, 0xae60) == 0 ? 1 : came_through; }; // KVM_CREATE_IRQCHIP
  const auto epoll = [] { return poll(nullptr, 0, 0) == 0 ? came_through : 1; };
  CHECK(status_of(Where::main, irq_chip) == came_through);
  CHECK(is_killed(status_of(Where::device, irq_chip)));
  CHECK(is_killed(status_of(Where::vcpu, irq_chip)));
  CHECK(status_of(Where::main, epoll) == came_through);
  CHECK(status_of(Where::device, epoll) == came_through);
  CHECK(is_killed(status_of(Where::vcpu, epoll)));
}

TEST_CASE("a ring that is made anew opens no file: Landlock refuses") {
  if (is_skipped()) return;
  const auto body = [] {
    io_uring ring{};
    if (io_uring_queue_init(2, &ring, 0) != 0) return 1;
    io_uring_sqe* const entry = io_uring_get_sqe(&ring);
    io_uring_prep_openat(entry, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
    io_uring_cqe* completion = nullptr;
    if (io_uring_submit(&ring) != 1 || io_uring_wait_cqe(&ring, &completion) != 0) return 2;
    return completion->res == -EACCES ? came_through : 3;
  };
  CHECK(status_of(Where::main, body) == came_through);
  CHECK(is_killed(status_of(Where::device, body)));
  CHECK(is_killed(status_of(Where::vcpu, body)));
}

TEST_CASE("Landlock alone refuses every path, as root too") {
  const pid_t child = fork();
  if (child == 0) {
    const auto abi = restrict_by_landlock();
    if (!abi.ok()) _exit(not_confined);
    const bool is_refused = open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES;
    _exit(is_refused && open("/", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES ? came_through : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (geteuid() == 0) CHECK(status == came_through);
}

TEST_CASE("no descriptor but those named, no core file and no capability is left") {
  if (is_skipped()) return;
  const int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const auto closed = [other] {
    char byte = 0;
    return read(other, &byte, 1) < 0 && errno == EBADF ? came_through : 1;
  };
  CHECK(status_of(Where::main, closed) == came_through);
  close(other);
}

TEST_CASE("fewer than 50 system calls pass for the process, and fewer than 27 on a vCPU's thread") {
  const unsigned main = seccomp_syscalls(SeccompKind::main);
  const unsigned device = seccomp_syscalls(SeccompKind::device);
  const unsigned vcpu = seccomp_syscalls(SeccompKind::vcpu);
  std::printf("system calls that pass: main %u, device %u, vCPU %u\n", main, device, vcpu);
  CHECK(main < 50);
  CHECK(device < main);
  CHECK(vcpu < 27);
}

TEST_CASE("off changes nothing") {
  const auto own = enter_own_layers(SandboxMode::off, {});
  REQUIRE(own.ok());
  CHECK(own.value().layers.in_force.empty());
  CHECK(fcntl(STDERR_FILENO, F_GETFD) >= 0);
}

TEST_SUITE_END();
