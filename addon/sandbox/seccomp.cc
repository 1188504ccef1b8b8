// prctl(2), PR_SET_SECCOMP.
#include "sandbox/seccomp.h"

#include <cerrno>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace volt {

namespace {

int confine_thread(ThreadKind kind) {
  return install_seccomp(kind == ThreadKind::vcpu ? SeccompKind::vcpu : SeccompKind::device);
}

} // namespace

int install_seccomp(SeccompKind kind) {
  const std::span<const sock_filter> program = seccomp_program(kind);
  // The kernel only reads it.
  const sock_fprog description{.len = static_cast<unsigned short>(program.size()),
                               .filter = const_cast<sock_filter*>(program.data())};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &description, 0, 0) == 0 ? 0 : errno;
}

Result<void> confine_process() {
  Thread::set_guard(confine_thread); // which prepares what the filter forbids
  const int failure = install_seccomp(SeccompKind::main);
  if (failure != 0) {
    Thread::set_guard(nullptr);
    return host_error(failure, "install a seccomp filter");
  }
  return {};
}

} // namespace volt
