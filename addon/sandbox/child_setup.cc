// Raw system calls: libc's setuid and its like would speak to threads that are not here.
#include "sandbox/child_setup.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/capabilities.h"
#include "sandbox/close_others.h"

namespace volt {

namespace {

constexpr int exit_setup = 127;
constexpr int mount_failed = -1;

class Child {
public:
  explicit Child(const ChildSetup& setup) : setup_(setup), arguments_(setup.arguments) {}

  [[noreturn]] void run() {
    close(setup_.report_reader); // the parent's end is then its only one
    if (setup_.has_user_namespace && !map_own_ids()) fail(SetupStep::user_map);
    if (!setup_.oom_score.empty()) static_cast<void>(write_text("/proc/self/oom_score_adj", setup_.oom_score));
    if (setup_.has_mount_namespace) empty_root();
    // A program that is executed then has none to gain, whatever its file says.
    if ((setup_.has_user_namespace || setup_.changes_user) && !empty_bounding_set()) fail(SetupStep::change_user);
    if (setup_.changes_user && !change_user()) fail(SetupStep::change_user);
    tie_to_parent(); // behind the change of user, which would forget it
    if (!place_descriptors()) fail(SetupStep::place_descriptors);
    if (!reset_signals()) fail(SetupStep::signals);
    char* const no_environment[] = {nullptr};
    syscall(SYS_execveat, executable_, "", arguments_, no_environment, AT_EMPTY_PATH);
    fail(SetupStep::execute);
  }

private:
  void report(SetupStep step, bool is_fatal) const {
    const SetupFailure failure{step, is_fatal, errno};
    static_cast<void>(!write(report_, &failure, sizeof failure));
  }

  [[noreturn]] void fail(SetupStep step) const {
    report(step, true);
    _exit(exit_setup);
  }

  static bool write_text(const char* path, std::string_view text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    if (file >= 0) close(file);
    errno = error;
    return written;
  }

  [[nodiscard]] bool map_own_ids() const {
    return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", setup_.uid_map) &&
           write_text("/proc/self/gid_map", setup_.gid_map);
  }

  void empty_root() {
    const int tree = make_empty_tree();
    const SetupStep failed = tree == mount_failed ? SetupStep::empty_tree : SetupStep::enter_tree;
    if (tree != mount_failed && enter(tree)) return;
    if (setup_.needs_empty_root) fail(failed);
    report(failed, false);
    arguments_ = setup_.arguments_without_root;
  }

  /// A mount of nothing that is nowhere yet.
  static int make_empty_tree() {
    const int filesystem = fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (filesystem < 0) return mount_failed;
    if (fsconfig(filesystem, FSCONFIG_SET_STRING, "mode", "0555", 0) != 0 ||
        fsconfig(filesystem, FSCONFIG_SET_FLAG, "ro", nullptr, 0) != 0 ||
        fsconfig(filesystem, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
      return mount_failed;
    return fsmount(filesystem, FSMOUNT_CLOEXEC,
                   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  }

  /// Makes the tree the root and takes the former one away.
  static bool enter(int tree) {
    return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0 && fchdir(tree) == 0 &&
           syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
  }

  [[nodiscard]] bool change_user() const {
    return syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresgid, setup_.gid, setup_.gid, setup_.gid) == 0 &&
           syscall(SYS_setresuid, setup_.uid, setup_.uid, setup_.uid) == 0;
  }

  void tie_to_parent() const {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) fail(SetupStep::tie_to_parent);
    // Has it ended before? In a PID namespace getppid() does not tell; the pipe does.
    pollfd pipe{report_, 0, 0};
    if (poll(&pipe, 1, 0) != 0) _exit(exit_setup);
  }

  /// Ours go above all numbers first, as a number may be that of another one of ours. The pipe and the executable come
  /// right behind the numbers, and close themselves when the program runs.
  bool place_descriptors() {
    const std::size_t count = setup_.numbers.size();
    const int above = count == 0 ? 0 : setup_.numbers[count - 1] + 1;
    for (int& source : setup_.sources) {
      source = fcntl(source, F_DUPFD_CLOEXEC, above + 2);
      if (source < 0) return false;
    }
    const int executable = fcntl(setup_.executable, F_DUPFD_CLOEXEC, above + 2);
    const int report = fcntl(setup_.report, F_DUPFD_CLOEXEC, above + 2);
    if (executable < 0 || report < 0) return false;
    // Until it has its place, what fails is told through the former.
    if (dup3(report, above, O_CLOEXEC) < 0) return false;
    report_ = above;
    executable_ = dup3(executable, above + 1, O_CLOEXEC);
    if (executable_ < 0) return false;
    for (std::size_t index = 0; index < count; ++index) {
      if (dup3(setup_.sources[index], setup_.numbers[index], 0) < 0) return false;
    }
    return close_all_but(setup_.kept);
  }

  static bool reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
      if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    }
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR})
      sigaddset(&blocked, number);
    return sigprocmask(SIG_SETMASK, &blocked, nullptr) == 0;
  }

  const ChildSetup& setup_;
  char* const* arguments_;
  int report_ = setup_.report;
  int executable_ = -1;
};

} // namespace

const char* attempted_at(SetupStep step) {
  switch (step) {
  case SetupStep::user_map:
    return "map the user into its namespace (/proc/self/uid_map)";
  case SetupStep::empty_tree:
    return "make an empty file system (fsmount)";
  case SetupStep::enter_tree:
    return "make an empty file system the root (pivot_root)";
  case SetupStep::change_user:
    return "change the user (setresuid)";
  case SetupStep::tie_to_parent:
    return "tie a process to its parent (PR_SET_PDEATHSIG)";
  case SetupStep::place_descriptors:
    return "hand over descriptors (close_range)";
  case SetupStep::signals:
    return "reset signals (sigprocmask)";
  case SetupStep::execute:
    break;
  }
  return "execute volt-vmm (execveat)";
}

void run_child(const ChildSetup& setup) {
  Child(setup).run();
}

} // namespace volt
