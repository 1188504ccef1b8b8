// The order matters: Landlock and seccomp want no_new_privs, and behind seccomp nothing of this can be asked for.
#include "sandbox/own_layers.h"

#include <algorithm>
#include <cerrno>
#include <sys/resource.h>

#include "sandbox/capabilities.h"
#include "sandbox/close_others.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

namespace volt {

namespace {

Result<void> close_others(std::vector<int> kept) {
  std::ranges::sort(kept);
  kept.erase(std::ranges::unique(kept).begin(), kept.end());
  if (!close_all_but(kept)) return host_error(errno, "close other descriptors (close_range)");
  return {};
}

/// The number of open files stays as it is, and so does a file's size: disks are as large as they are.
Result<void> limit_resources() {
  const rlimit none{0, 0};
  // A core file would have the guest's memory in it.
  if (setrlimit(RLIMIT_CORE, &none) != 0) return host_error(errno, "forbid core files");
  return {};
}

Result<void> apply_landlock(int& abi) {
  abi = TRY(restrict_by_landlock());
  return {};
}

} // namespace

Result<OwnLayers> enter_own_layers(SandboxMode mode, std::vector<int> descriptors) {
  OwnLayers own;
  if (mode == SandboxMode::off) return own;
  const auto note = [&own](const char* name, Result<void> entered) {
    if (entered.ok())
      own.layers.in_force.emplace_back(name);
    else
      own.layers.missing.push_back({name, std::move(entered).error()});
  };
  note("descriptors", close_others(std::move(descriptors)));
  note("no-new-privileges", refuse_new_privileges());
  note("capabilities", drop_capabilities());
  note("limits", limit_resources());
  note("landlock", apply_landlock(own.landlock_abi));
  note("seccomp", confine_process());
  if (mode == SandboxMode::best_effort || own.layers.missing.empty()) return own;
  const MissingLayer& first = own.layers.missing.front();
  return Error{.host_errno = first.error.host_errno,
               .message = "the sandbox is strict and lacks the layer " + first.name + ": " + first.error.message,
               .hint = "`sandbox: best-effort` runs without what the host does not have"};
}

} // namespace volt
