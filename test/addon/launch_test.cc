// The jail on the real kernel: what a program that is launched into it finds.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/launch.h"
#include "support/jail.h"
#include "support/pipe.h"

using namespace volt;
using volt::test::Jail;
using volt::test::Pipe;
using volt::test::read_words;

namespace {

constexpr unsigned nobody = 65534;
constexpr std::array namespaces{"pid", "mnt", "ipc", "uts", "net", "cgroup"};

std::string namespace_of(const std::string& pid, const std::string& kind) {
  return std::filesystem::read_symlink("/proc/" + pid + "/ns/" + kind);
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

/// What `body` says as an ordinary user, in a process of its own.
std::string as_nobody(const std::function<std::string()>& body) {
  Pipe pipe;
  const pid_t child = fork();
  if (child == 0) {
    // A process that changed its user may write to no file of its own in /proc until it executes something.
    const bool changed = setresgid(nobody, nobody, nobody) == 0 && setresuid(nobody, nobody, nobody) == 0 &&
                         prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
    const std::string words = changed ? body() : "cannot become nobody";
    static_cast<void>(!write(pipe.writer.get(), words.data(), words.size()));
    _exit(0);
  }
  pipe.writer = FileDescriptor();
  std::string words = read_words(pipe.reader.get());
  waitpid(child, nullptr, 0);
  return words;
}

bool is_root() {
  if (geteuid() == 0) return true;
  MESSAGE("skipped: needs root");
  return false;
}

} // namespace

TEST_SUITE_BEGIN("launch");

TEST_CASE("as root: PID 1 of its namespace as nobody, in an empty root, with what it is given and no more") {
  if (!is_root()) return;
  setenv("VOLT_LEAK", "1", 1);
  Jail jail;
  const std::string words = jail.start();
  REQUIRE(contains(words, "pid=1 uid=65534 gid=65534 groups=0 descriptors=2 variables=0 entries=0 mkdir="));
  CHECK(words.find("mkdir=0") == std::string::npos);
  CHECK(contains(words, "argument=probe\nargument=one\nargument=--jail\n"
                        "argument=pid,mount,ipc,uts,network,cgroup,root,uid\n"));
  const std::string pid = std::to_string(jail.launched.value().pid);
  for (const char* kind : namespaces)
    CHECK(namespace_of(pid, kind) != namespace_of("self", kind));
  CHECK(namespace_of(pid, "user") == namespace_of("self", "user"));
  CHECK(jail.launched.value().layers.missing.empty());
  CHECK(jail.launched.value().layers.in_force.size() == 8);
  CHECK(jail.end() == 0);
}

TEST_CASE("as an ordinary user: a user namespace besides") {
  if (!is_root()) return;
  const std::string words = as_nobody([] {
    Jail jail;
    std::string said = jail.start();
    const std::string pid = jail.launched.ok() ? std::to_string(jail.launched.value().pid) : "self";
    said += namespace_of(pid, "user") != namespace_of("self", "user") ? "own user namespace\n" : "same\n";
    jail.end();
    return said + "end\n";
  });
  CHECK(contains(words, "pid=1 uid=65534 gid=65534 groups=0 descriptors=2 variables=0 entries=0 mkdir="));
  CHECK(contains(words, "argument=user,pid,mount,ipc,uts,network,cgroup,root\n"));
  CHECK(contains(words, "own user namespace"));
}

namespace {

int oom_score_of(const std::string& pid) {
  int score = -1;
  std::ifstream("/proc/" + pid + "/oom_score_adj") >> score;
  return score;
}

} // namespace

TEST_CASE("where memory is short it goes before whoever launched it, unless the sandbox is off") {
  for (const SandboxMode mode : {SandboxMode::best_effort, SandboxMode::off}) {
    Jail jail(mode);
    jail.start();
    const int above = mode == SandboxMode::off ? 0 : 100;
    CHECK(oom_score_of(std::to_string(jail.launched.value().pid)) == std::min(oom_score_of("self") + above, 1000));
    jail.end();
  }
}

TEST_CASE("signals: those of a machine's life wait, others are as they are by default") {
  std::signal(SIGPIPE, SIG_IGN);
  Jail jail(SandboxMode::best_effort);
  CHECK(contains(jail.start(), "term=1 usr1=0 pipe=1\n"));
  std::signal(SIGPIPE, SIG_DFL);
  jail.end();
}

TEST_CASE("descriptors may change places") {
  Jail jail(SandboxMode::best_effort);
  // Each has the other's number.
  const int reader = jail.input.reader.get();
  const int writer = jail.output.writer.get();
  jail.request.descriptors = {{reader, writer}, {writer, reader}, {writer, 1}, {reader, 0}};
  CHECK(contains(jail.start(), "descriptors=4 "));
  jail.end();
}

TEST_CASE("off: no namespace and no argument, but what is not given is closed") {
  Jail jail(SandboxMode::off);
  const std::string words = jail.start();
  CHECK(contains(words, "descriptors=2 variables=0 "));
  CHECK(words.find("--jail") == std::string::npos);
  const std::string pid = std::to_string(jail.launched.value().pid);
  CHECK(contains(words, "pid=" + pid + " uid=" + std::to_string(geteuid())));
  for (const char* kind : namespaces)
    CHECK(namespace_of(pid, kind) == namespace_of("self", kind));
  jail.end();
}

TEST_CASE("a program that cannot be executed is told with its errno, and no child is left") {
  Jail jail(SandboxMode::strict);
  FileDescriptor text(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
  jail.request.executable = text.get();
  CHECK(contains(jail.start(), "cannot execute volt-vmm (execveat): "));
  CHECK(jail.launched.error().host_errno == ENOEXEC);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a descriptor that is not open is told") {
  Jail jail(SandboxMode::best_effort);
  jail.request.descriptors.emplace_back(999999, 2);
  jail.start();
  CHECK(jail.launched.error().host_errno == EBADF);
}

namespace {

bool write_file(const char* path, std::string_view text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  return write(file.get(), text.data(), text.size()) == std::ssize(text);
}

/// What a jail says that a child launches after it has prepared itself.
std::string said_after(const std::function<bool()>& prepare, SandboxMode mode, int cgroup = -1) {
  Pipe pipe;
  const pid_t child = fork();
  if (child == 0) {
    Jail jail(mode);
    jail.request.cgroup = cgroup;
    std::string words = prepare() ? jail.start() : "cannot prepare";
    if (jail.launched.ok()) {
      for (const MissingLayer& layer : jail.launched.value().layers.missing)
        words += "missing " + layer.name + ": " + layer.error.message + "\n";
      jail.end();
    } else {
      words += "; " + jail.launched.error().hint;
    }
    static_cast<void>(!write(pipe.writer.get(), words.data(), words.size()));
    _exit(0);
  }
  pipe.writer = FileDescriptor();
  std::string words;
  for (std::string more = read_words(pipe.reader.get()); !more.empty(); more = read_words(pipe.reader.get()))
    words += more;
  waitpid(child, nullptr, 0);
  return words;
}

} // namespace

TEST_CASE("where namespaces are refused: strict fails with a hint, best effort goes on and says so") {
  if (!is_root()) return;
  // In a chroot the kernel gives an ordinary user no user namespace.
  const auto in_chroot = [] { return chroot("/usr") == 0 && setresuid(nobody, nobody, nobody) == 0; };
  CHECK(contains(said_after(in_chroot, SandboxMode::strict),
                 "namespaces of its own (clone3): Operation not permitted; user.max"));
  const std::string words = said_after(in_chroot, SandboxMode::best_effort);
  CHECK(contains(words, "argument=none\nargument=--jail-missing\nargument=user=cannot make a process"));
  for (const char* layer : {"user", "pid", "mount", "ipc", "uts", "network", "cgroup", "root"})
    CHECK(contains(words, std::string("missing ") + layer + ": cannot make a process"));
}

namespace {

/// What container engines put on who may not administer the system: no namespaces by clone, and no clone3 at all.
bool install_engine_filter() {
  constexpr unsigned namespace_flags =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  std::array program{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespace_flags, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace

TEST_CASE("behind a container engine's filter: strict fails, best effort starts without namespaces") {
  CHECK(contains(said_after(install_engine_filter, SandboxMode::strict), "clone3): Operation not permitted; user.max"));
  const std::string words = said_after(install_engine_filter, SandboxMode::best_effort);
  CHECK(contains(words, is_root() ? "argument=uid\n" : "argument=none\n"));
  CHECK(contains(words, "missing pid: cannot make a process"));
}

TEST_CASE("behind such a filter no process starts without the cgroup that it was to be in") {
  // Never looked at, as clone3 is refused: any directory will do.
  const FileDescriptor cgroup(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string words = said_after(install_engine_filter, SandboxMode::best_effort, cgroup.get());
  CHECK(contains(words, "cannot make a process in a cgroup (clone3): Function not implemented"));
  CHECK(words.find("argument=") == std::string::npos);
}

TEST_CASE("a root that has no other user to become: strict fails, best effort stays what it is in namespaces") {
  if (!is_root()) return;
  const auto alone = [] {
    return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/uid_map", "0 0 1") && write_file("/proc/self/gid_map", "0 0 1");
  };
  CHECK(contains(said_after(alone, SandboxMode::strict), "cannot change the user (setresuid): "));
  const std::string words = said_after(alone, SandboxMode::best_effort);
  CHECK(contains(words, "argument=pid,mount,ipc,uts,network,cgroup,root\n"
                        "argument=--jail-missing\nargument=uid=cannot change the user"));
  CHECK(contains(words, "missing uid: cannot change the user"));
}

TEST_CASE("dies with the process that launched it") {
  Jail jail(SandboxMode::best_effort);
  const pid_t parent = fork();
  if (parent == 0) {
    const auto launched = launch(jail.request);
    _exit(launched.ok() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(parent, &status, 0) == parent);
  CHECK(status == 0);
  jail.output.writer = FileDescriptor();
  // To its end, though our end of its input stays open.
  std::string words;
  do {
    words = read_words(jail.output.reader.get());
  } while (!words.empty() && !words.ends_with("(timeout)"));
  CHECK(words.empty());
}

TEST_SUITE_END();
