// unshare(2), user_namespaces(7).
#include "vmm/segment/network_namespace.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/file_descriptor.h"

namespace volt {

namespace {

Result<void> write_text(const char* path, const std::string& text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  const bool written = file.valid() && write(file.get(), text.data(), text.size()) == std::ssize(text);
  if (written) return {};
  Error error = host_error(errno, std::string("write ") + path);
  error.hint = namespace_hint(host_sysctls);
  return error;
}

std::string identity(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

/// -1 where there is no such setting.
int setting(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 16> text;
  const ssize_t length = file.valid() ? read(file.get(), text.data(), text.size()) : -1;
  int value = -1;
  if (length > 0) std::from_chars(text.data(), text.data() + length, value);
  return value;
}

} // namespace

Result<NamespaceOwner> enter_network_namespace() {
  if (unshare(CLONE_NEWNET) == 0) return NamespaceOwner::host;
  if (errno != EPERM) return host_error(errno, "make a network namespace");
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    Error error = host_error(errno, "make a user and a network namespace");
    error.hint = namespace_hint(host_sysctls);
    return error;
  }
  TRY(write_text("/proc/self/setgroups", "deny"));
  TRY(write_text("/proc/self/uid_map", identity(user)));
  TRY(write_text("/proc/self/gid_map", identity(group)));
  return NamespaceOwner::user;
}

std::string namespace_hint(const std::string& sysctls) {
  if (setting(sysctls + "/user/max_user_namespaces") == 0)
    return "this host has no user namespaces: `sudo sysctl user.max_user_namespaces=15000`, or run as root";
  if (setting(sysctls + "/user/max_net_namespaces") == 0)
    return "this host has no network namespaces: `sudo sysctl user.max_net_namespaces=15000`";
  if (setting(sysctls + "/kernel/unprivileged_userns_clone") == 0)
    return "only root may make user namespaces here: `sudo sysctl kernel.unprivileged_userns_clone=1`, or run as root";
  if (setting(sysctls + "/kernel/apparmor_restrict_unprivileged_userns") == 1)
    return "AppArmor takes the rights from user namespaces here: `sudo sysctl "
           "kernel.apparmor_restrict_unprivileged_userns=0`, a profile for volt-vmm that has `userns`, or run as root";
  return "a container's or a service's rules may forbid user namespaces; allow them, or run as root";
}

} // namespace volt
