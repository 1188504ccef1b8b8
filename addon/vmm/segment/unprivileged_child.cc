// Ambient capabilities (capabilities(7)).
#include "vmm/segment/unprivileged_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace volt {

namespace {

constexpr unsigned nobody = 65534;
/// Without it dnsmasq ends at once; it uses it for clients that want no broadcast, and is told to send them one.
constexpr std::uint32_t demanded = 1U << CAP_NET_ADMIN;

__user_cap_header_struct own_version() {
  return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
}
using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

/// The kernel has none, root is in a chroot, or an administrator or a container forbids them.
bool gives_no_namespaces(int error) {
  return error == EINVAL || error == ENOSYS || error == EPERM || error == ENOSPC;
}

/// With root's capabilities in force still.
Result<void> become_nobody() {
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, nullptr) != 0 || setresgid(nobody, nobody, nobody) != 0 ||
      setresuid(nobody, nobody, nobody) != 0)
    return host_error(errno, "change the user");
  __user_cap_header_struct header = own_version();
  CapabilitySets sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return host_error(errno, "read capabilities");
  for (__user_cap_data_struct& set : sets)
    set.effective = set.permitted;
  if (syscall(SYS_capset, &header, sets.data()) != 0) return host_error(errno, "keep capabilities");
  return {};
}

Result<void> keep_demanded_capability() {
  __user_cap_header_struct header = own_version();
  CapabilitySets sets{};
  sets[0].permitted = sets[0].effective = sets[0].inheritable = demanded;
  if (syscall(SYS_capset, &header, sets.data()) != 0) return host_error(errno, "keep capabilities");
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0) != 0)
    return host_error(errno, "hand a capability on");
  return {};
}

} // namespace

Result<void> become_unprivileged(NamespaceOwner owner, pid_t parent) {
  if (owner == NamespaceOwner::host && geteuid() == 0) TRY(become_nobody());
  // A user namespace that has no other namespaces and knows no ids: what is kept is a right over nothing. Where the
  // host gives none, and so only root has private networks, it is one over the segment's network namespace.
  if (unshare(CLONE_NEWUSER) != 0 && (owner == NamespaceOwner::user || !gives_no_namespaces(errno)))
    return host_error(errno, "make a user namespace for dnsmasq");
  TRY(keep_demanded_capability());
  // Behind the change of user, which would forget the signal.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return host_error(errno, "tie a process to its parent");
  if (getppid() != parent) return host_error(ESRCH, "find the parent");
  return {};
}

} // namespace volt
