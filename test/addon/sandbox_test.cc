// The sandbox on the real kernel: a process confines itself, and each thing that it then tries ends it or is refused.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

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
    if (!enter_own_layers(SandboxMode::strict, {0, 1, 2}, ProcessUser::alone).ok()) _exit(not_confined);
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
              return fstatat(AT_FDCWD, "/etc/passwd", &status, AT_EMPTY_PATH);
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

TEST_CASE("once the first machine is made: no ring, no capability of KVM's, and the rest as before") {
  if (is_skipped()) return;
  const auto settled = [](LaterMachines later, int (*body)()) {
    return status_of(Where::main, [=] { return settle_process(later).ok() ? body() : not_confined; });
  };
  const auto make_ring = [] {
    io_uring ring{};
    return io_uring_queue_init(2, &ring, 0);
  };
  const auto change_ring = [] { return static_cast<int>(syscall(SYS_io_uring_register, 0, 0, nullptr, 0)); };
  const auto enable_capability = [] { return ioctl(0, 0x4068aea3) == 0 ? 1 : came_through; }; // KVM_ENABLE_CAP
  const auto irq_chip = [] { return ioctl(0, 0xae60) == 0 ? 1 : came_through; };              // KVM_CREATE_IRQCHIP
  for (const LaterMachines later : {LaterMachines::as_usual, LaterMachines::enable_capabilities}) {
    CHECK(is_killed(settled(later, make_ring)));
    CHECK(is_killed(settled(later, change_ring)));
    CHECK(settled(later, irq_chip) == came_through);
  }
  CHECK(is_killed(settled(LaterMachines::as_usual, enable_capability)));
  CHECK(settled(LaterMachines::enable_capabilities, enable_capability) == came_through);
}

TEST_CASE("a process that was not confined is not settled either") {
  const pid_t child = fork();
  if (child == 0) {
    const bool is_settled = settle_process(LaterMachines::as_usual).ok();
    errno = 0;
    syscall(SYS_io_uring_setup, 0, nullptr);
    _exit(is_settled ? came_through : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == came_through);
}

TEST_CASE("signals of a thread reach no other process") {
  if (is_skipped()) return;
  static pid_t other = 0;
  other = getpid();
  const auto signal_other = [] { return static_cast<int>(syscall(SYS_tgkill, other, other, 0)); };
  const auto signal_self = [] { return static_cast<int>(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0)); };
  for (const Where where : everywhere) {
    CAPTURE(static_cast<int>(where));
    CHECK(is_killed(status_of(where, signal_other)));
    CHECK(status_of(where, signal_self) == came_through);
  }
}

TEST_CASE("a program that is installed differs from the table's in the process's id, at one place at most") {
  constexpr std::uint32_t process = 12345;
  std::array<std::ptrdiff_t, seccomp_kinds.size()> places{};
  for (const SeccompKind kind : seccomp_kinds) {
    const auto table = seccomp_program(kind);
    std::vector<sock_filter> program(table.begin(), table.end());
    complete_seccomp_program(program, process);
    for (std::size_t index = 0; index < table.size(); ++index) {
      const bool is_same = std::memcmp(&table[index], &program[index], sizeof(sock_filter)) == 0;
      if (!is_same) CHECK(program[index].k == process);
      places.at(static_cast<std::size_t>(kind)) += is_same ? 0 : 1;
    }
  }
  CHECK(places == decltype(places){1, 1, 1, 0, 0});
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

TEST_CASE("no more descriptors than a machine needs") {
  if (is_skipped()) return;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit highest{before.rlim_max, before.rlim_max};
  if (before.rlim_max <= 8192) {
    MESSAGE("skipped: fewer are allowed here");
    return;
  }
  REQUIRE(setrlimit(RLIMIT_NOFILE, &highest) == 0);
  const auto last = [] { return fcntl(0, F_DUPFD_CLOEXEC, 8191) == 8191 ? came_through : 1; };
  const auto beyond = [] { return fcntl(0, F_DUPFD_CLOEXEC, 8192) < 0 && errno == EINVAL ? came_through : 1; };
  CHECK(status_of(Where::main, last) == came_through);
  CHECK(status_of(Where::main, beyond) == came_through);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("fewer than 50 system calls pass for the process, and fewer than 27 on a vCPU's thread") {
  const unsigned main = seccomp_syscalls(SeccompKind::main);
  const unsigned device = seccomp_syscalls(SeccompKind::device);
  const unsigned vcpu = seccomp_syscalls(SeccompKind::vcpu);
  const unsigned settled = seccomp_syscalls(SeccompKind::settled);
  std::printf("system calls that pass: main %u, from the first machine on %u, device %u, vCPU %u\n", main, settled,
              device, vcpu);
  CHECK(main < 50);
  CHECK(settled < main);
  CHECK(device < settled);
  CHECK(vcpu < 27);
}

TEST_CASE("off changes nothing") {
  const auto own = enter_own_layers(SandboxMode::off, {}, ProcessUser::shared);
  REQUIRE(own.ok());
  CHECK(own.value().layers.in_force.empty());
  CHECK(fcntl(STDERR_FILENO, F_GETFD) >= 0);
}

TEST_SUITE_END();
