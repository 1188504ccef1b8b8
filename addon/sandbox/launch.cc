// The parent's half: all memory that the child uses is made here.
#include "sandbox/launch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "sandbox/child_setup.h"

namespace volt {

namespace {

struct Namespace {
  const char* name;
  std::uint64_t flag;
};
constexpr Namespace user_namespace{"user", CLONE_NEWUSER};
constexpr std::array own_namespaces{Namespace{"pid", CLONE_NEWPID},     Namespace{"mount", CLONE_NEWNS},
                                    Namespace{"ipc", CLONE_NEWIPC},     Namespace{"uts", CLONE_NEWUTS},
                                    Namespace{"network", CLONE_NEWNET}, Namespace{"cgroup", CLONE_NEWCGROUP}};
constexpr std::string_view namespaces_hint =
    "user.max_user_namespaces, kernel.unprivileged_userns_clone (older Debian), "
    "kernel.apparmor_restrict_unprivileged_userns (Ubuntu) or a container's rules may forbid namespaces; `sandbox: "
    "best-effort` runs without";

std::vector<Namespace> wanted_namespaces(const LaunchRequest& request) {
  if (request.mode == SandboxMode::off) return {};
  std::vector<Namespace> wanted(own_namespaces.begin(), own_namespaces.end());
  if (geteuid() != 0) wanted.insert(wanted.begin(), user_namespace);
  return wanted;
}

/// Of a host that refuses the empty tree; the errno is the launcher's to tell.
constexpr std::string_view no_empty_root = "the host refuses an empty file system as the root (fsmount, pivot_root)";

/// Above the launcher's, so that the machine goes first where memory is short.
constexpr int oom_score_above = 100;
constexpr int highest_oom_score = 1000; // OOM_SCORE_ADJ_MAX

/// For the child's /proc/self/oom_score_adj; empty where ours cannot be read.
std::string oom_score() {
  const FileDescriptor file(open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC));
  std::array<char, 16> text{};
  if (!file.valid() || read(file.get(), text.data(), text.size() - 1) <= 0) return {};
  return std::to_string(std::min(std::atoi(text.data()) + oom_score_above, highest_oom_score));
}

std::vector<std::string> layer_names(const std::vector<Namespace>& namespaces, bool has_root, bool changes_user) {
  std::vector<std::string> names;
  for (const Namespace& each : namespaces)
    names.emplace_back(each.name);
  if (has_root) names.emplace_back("root");
  if (changes_user) names.emplace_back("uid");
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "none" : text;
}

/// One id that is the same on both sides of a user namespace.
std::string itself(std::uint32_t id) {
  const std::string text = std::to_string(id);
  return text + " " + text + " 1";
}

/// What volt-vmm is told of its jail.
std::vector<std::string> jail_arguments(const std::vector<std::string>& names,
                                        const std::vector<MissingLayer>& missing) {
  std::vector<std::string> arguments{"--jail", joined(names)};
  for (const MissingLayer& layer : missing)
    arguments.insert(arguments.end(), {"--jail-missing", layer.name + "=" + layer.error.message});
  return arguments;
}

/// argv that ends in a null pointer.
class ArgumentList {
public:
  ArgumentList(std::vector<std::string> arguments, const std::vector<std::string>& more)
      : arguments_(std::move(arguments)) {
    arguments_.insert(arguments_.end(), more.begin(), more.end());
    // execve takes char* and writes to none.
    for (const std::string& argument : arguments_)
      pointers_.push_back(const_cast<char*>(argument.c_str()));
    pointers_.push_back(nullptr);
  }
  ArgumentList(const ArgumentList&) = delete;
  ArgumentList& operator=(const ArgumentList&) = delete;
  [[nodiscard]] char* const* get() const { return pointers_.data(); }

private:
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
};

/// What one try of a launch does.
struct Variant {
  std::vector<Namespace> namespaces;
  bool changes_user = false;
  /// What an earlier try lacked.
  std::vector<MissingLayer> missing = {};
};

class Attempt {
public:
  Attempt(const LaunchRequest& request, Variant variant)
      : request_(request), namespaces_(std::move(variant.namespaces)), changes_user_(variant.changes_user),
        missing_(std::move(variant.missing)) {
    auto placed = request.descriptors;
    std::ranges::sort(placed, {}, &std::pair<int, int>::second);
    for (const auto& [source, number] : placed) {
      sources_.push_back(source);
      numbers_.push_back(number);
    }
    kept_ = numbers_;
    const int above = numbers_.empty() ? 0 : numbers_.back() + 1;
    kept_.insert(kept_.end(), {above, above + 1});
  }

  [[nodiscard]] Result<Launched> run() {
    TRY(make_pipe());
    const bool has_mounts = has(CLONE_NEWNS);
    const ArgumentList arguments(request_.arguments, told(has_mounts, missing_));
    auto missing_root = missing_;
    missing_root.push_back({"root", Error{.message = std::string(no_empty_root)}});
    const ArgumentList rootless_arguments(request_.arguments, told(false, missing_root));
    const std::string oom_score_text = request_.mode == SandboxMode::off ? "" : oom_score();
    const std::string uid_map = itself(geteuid());
    const std::string gid_map = itself(getegid());
    const ChildSetup setup{.has_user_namespace = has(CLONE_NEWUSER),
                           .has_mount_namespace = has_mounts,
                           .needs_empty_root = request_.mode == SandboxMode::strict,
                           .uid_map = uid_map,
                           .gid_map = gid_map,
                           .oom_score = oom_score_text,
                           .changes_user = changes_user_,
                           .uid = request_.uid,
                           .gid = request_.gid,
                           .executable = request_.executable,
                           .report = writer_.get(),
                           .report_reader = reader_.get(),
                           .numbers = numbers_,
                           .sources = sources_,
                           .kept = kept_,
                           .arguments = arguments.get(),
                           .arguments_without_root = rootless_arguments.get()};
    Launched launched;
    TRY(clone_child(setup, launched));
    writer_ = FileDescriptor();
    Result<void> heard = hear_child(launched.layers);
    if (!heard.ok()) {
      waitpid(launched.pid, nullptr, 0);
      return std::move(heard).error();
    }
    launched.layers.in_force = layer_names(namespaces_, has_mounts && launched.layers.missing.empty(), changes_user_);
    launched.layers.missing.insert(launched.layers.missing.begin(), missing_.begin(), missing_.end());
    return launched;
  }

private:
  /// Nothing where the sandbox is off.
  [[nodiscard]] std::vector<std::string> told(bool has_root, const std::vector<MissingLayer>& missing) const {
    if (request_.mode == SandboxMode::off) return {};
    return jail_arguments(layer_names(namespaces_, has_root, changes_user_), missing);
  }

  [[nodiscard]] bool has(std::uint64_t flag) const {
    return std::ranges::any_of(namespaces_, [flag](const Namespace& each) { return each.flag == flag; });
  }

  Result<void> make_pipe() {
    std::array<int, 2> ends{};
    if (fault::strikes() || pipe2(ends.data(), O_CLOEXEC) != 0) return host_error(errno, "make a pipe");
    reader_ = FileDescriptor(ends[0]);
    writer_ = FileDescriptor(ends[1]);
    return {};
  }

  Result<void> clone_child(const ChildSetup& setup, Launched& launched) const {
    int pidfd = -1;
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD;
    for (const Namespace& each : namespaces_)
      arguments.flags |= each.flag;
    // SAFETY: the kernel writes an int there.
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    if (request_.cgroup >= 0) {
      arguments.flags |= CLONE_INTO_CGROUP;
      arguments.cgroup = static_cast<__u64>(request_.cgroup);
    }
    // The child has a copy of all memory and only this thread: no libc lock may be taken until execveat.
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    // A container engine's filter has no clone3, as it cannot see its flags: those of clone it judges. clone drops
    // CLONE_INTO_CGROUP without a word, so a process with limits is not made that way.
    if (pid < 0 && errno == ENOSYS && request_.cgroup < 0)
      pid = syscall(SYS_clone, arguments.flags | SIGCHLD, nullptr, &pidfd, nullptr, 0UL);
    if (pid == 0) run_child(setup);
    if (pid < 0) {
      Error error = host_error(errno, "make a process with namespaces of its own (clone3)");
      if (namespaces_.empty())
        error =
            host_error(errno, request_.cgroup < 0 ? "make a process (clone3)" : "make a process in a cgroup (clone3)");
      else
        error.hint = namespaces_hint;
      return error;
    }
    launched.pid = static_cast<pid_t>(pid);
    launched.pidfd = FileDescriptor(pidfd);
    return {};
  }

  /// Until the pipe's end: the program runs, or the child has ended.
  Result<void> hear_child(LayerReport& layers) const {
    for (;;) {
      SetupFailure failure{};
      const ssize_t count = read(reader_.get(), &failure, sizeof failure);
      if (count < 0 && errno == EINTR) continue;
      if (count != sizeof failure) return {};
      Error error = host_error(failure.host_errno, attempted_at(failure.step));
      if (failure.is_fatal) return error;
      layers.missing.push_back({"root", std::move(error)});
    }
  }

  const LaunchRequest& request_;
  const std::vector<Namespace> namespaces_;
  const bool changes_user_;
  const std::vector<MissingLayer> missing_;
  std::vector<int> numbers_;
  std::vector<int> sources_;
  std::vector<int> kept_;
  FileDescriptor reader_;
  FileDescriptor writer_;
};

/// The errors of a host that has no such namespaces or gives this user none, and of a container engine's filter.
bool is_refusal(const Error& error) {
  return error.host_errno == EPERM || error.host_errno == ENOSPC || error.host_errno == EUSERS ||
         error.host_errno == EINVAL || error.host_errno == EACCES || error.host_errno == ENOSYS;
}

/// Those of `wanted` that a variant does without.
std::vector<MissingLayer> lacking(const std::vector<std::string>& wanted, const Variant& variant, const Error& why) {
  const bool has_root =
      std::ranges::any_of(variant.namespaces, [](const Namespace& each) { return each.flag == CLONE_NEWNS; });
  const auto names = layer_names(variant.namespaces, has_root, variant.changes_user);
  std::vector<MissingLayer> missing;
  for (const std::string& name : wanted) {
    if (std::ranges::find(names, name) == names.end()) missing.push_back({name, why});
  }
  return missing;
}

} // namespace

Result<Launched> launch(const LaunchRequest& request) {
  const std::vector<Namespace> wanted = wanted_namespaces(request);
  const bool changes_user = request.mode != SandboxMode::off && geteuid() == 0 && request.uid != 0;
  auto launched = Attempt(request, {wanted, changes_user}).run();
  if (request.mode != SandboxMode::best_effort) return launched;
  std::vector<Variant> lesser;
  // A root of a user namespace that has no other user stays what it is.
  if (changes_user) lesser.insert(lesser.end(), {{wanted, false}, {{}, true}});
  lesser.push_back({});
  Error refusal;
  for (Variant& variant : lesser) {
    // What stands in the way of the least is told as it is.
    if (launched.ok() || !is_refusal(launched.error())) break;
    if (refusal.message.empty()) refusal = launched.error();
    variant.missing = lacking(layer_names(wanted, true, changes_user), variant, refusal);
    launched = Attempt(request, variant).run();
  }
  return launched;
}

} // namespace volt
