// capabilities(7).
#include "sandbox/capabilities.h"

#include <array>
#include <cerrno>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace volt {

bool empty_bounding_set() {
  // The kernel may know more than the headers do: it refuses what is none.
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
  }
  return true;
}

Result<void> refuse_new_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return host_error(errno, "refuse new privileges");
  return {};
}

Result<void> drop_capabilities() {
  if (!empty_bounding_set() && errno != EPERM) return host_error(errno, "empty the bounding set");
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return host_error(errno, "drop capabilities");
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return host_error(errno, "drop capabilities (capset)");
  return {};
}

} // namespace volt
