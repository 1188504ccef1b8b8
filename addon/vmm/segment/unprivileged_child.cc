// Ambient capabilities (capabilities(7)).
#include "vmm/segment/unprivileged_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace volt {

namespace {

constexpr unsigned nobody = 65534;
/// Ports below 1024; addresses of hosts without one yet; sockets that see whole packets.
constexpr std::array<unsigned, 3> kept{CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW};

Result<void> become_nobody() {
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, nullptr) != 0 || setresgid(nobody, nobody, nobody) != 0 ||
      setresuid(nobody, nobody, nobody) != 0)
    return host_error(errno, "change the user");
  return {};
}

Result<void> keep_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  for (const unsigned capability : kept)
    sets[0].permitted |= 1U << capability;
  sets[0].effective = sets[0].inheritable = sets[0].permitted;
  if (syscall(SYS_capset, &header, sets.data()) != 0) return host_error(errno, "keep capabilities");
  for (const unsigned capability : kept) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return host_error(errno, "hand capabilities on");
  }
  return {};
}

} // namespace

Result<void> become_unprivileged(NamespaceOwner owner, pid_t parent) {
  if (owner == NamespaceOwner::host && geteuid() == 0) TRY(become_nobody());
  TRY(keep_capabilities());
  // Behind the change of user, which would forget the signal.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return host_error(errno, "tie a process to its parent");
  if (getppid() != parent) return host_error(ESRCH, "find the parent");
  return {};
}

} // namespace volt
