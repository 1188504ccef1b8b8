// The order matters: Landlock and seccomp want no_new_privs, and behind seccomp nothing of this can be asked for.
#include "sandbox/own_layers.h"

#include <algorithm>
#include <cerrno>
#include <sys/prctl.h>
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

/// A machine of 254 vCPUs with every device and all connections of its vsock has less than a quarter of them.
constexpr rlim_t maximum_descriptors = 8192;
/// vCPUs, loops, workers of disks, and the kernel's own for rings and vhost-net.
constexpr rlim_t maximum_threads = 4096;

/// Lowers both limits, and raises none.
Result<void> limit(__rlimit_resource resource, rlim_t highest, const char* attempted) {
  rlimit limits{};
  if (getrlimit(resource, &limits) != 0) return host_error(errno, attempted);
  limits.rlim_max = std::min(limits.rlim_max, highest);
  limits.rlim_cur = std::min(limits.rlim_cur, limits.rlim_max);
  if (setrlimit(resource, &limits) != 0) return host_error(errno, attempted);
  return {};
}

/// A file's size stays as it is: disks are as large as they are.
Result<void> limit_resources(ProcessUser user) {
  // A core file would have the guest's memory in it, and so has /proc/PID/mem.
  TRY(limit(RLIMIT_CORE, 0, "forbid core files"));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return host_error(errno, "forbid that others look into the process");
  TRY(limit(RLIMIT_NOFILE, maximum_descriptors, "limit the number of descriptors"));
  if (user == ProcessUser::alone) TRY(limit(RLIMIT_NPROC, maximum_threads, "limit the number of threads"));
  return {};
}

Result<void> apply_landlock(int& abi) {
  abi = TRY(restrict_by_landlock());
  return {};
}

} // namespace

Result<OwnLayers> enter_own_layers(SandboxMode mode, std::vector<int> descriptors, ProcessUser user) {
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
  note("limits", limit_resources(user));
  note("landlock", apply_landlock(own.landlock_abi));
  note("seccomp", confine_process());
  if (mode == SandboxMode::best_effort || own.layers.missing.empty()) return own;
  const MissingLayer& first = own.layers.missing.front();
  return Error{.host_errno = first.error.host_errno,
               .message = "the sandbox is strict and lacks the layer " + first.name + ": " + first.error.message,
               .hint = "`sandbox: best-effort` runs without what the host does not have"};
}

} // namespace volt
