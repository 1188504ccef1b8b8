// prctl(2), PR_SET_SECCOMP.
#include "sandbox/seccomp.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace volt {

namespace {

constexpr std::size_t maximum_instructions = 1024;

bool is_confined = false;

int confine_thread(ThreadKind kind) {
  return install_seccomp(kind == ThreadKind::vcpu ? SeccompKind::vcpu : SeccompKind::device);
}

} // namespace

int install_seccomp(SeccompKind kind) {
  const std::span<const sock_filter> table = seccomp_program(kind);
  std::array<sock_filter, maximum_instructions> program;
  if (table.size() > program.size()) return E2BIG;
  std::ranges::copy(table, program.begin());
  complete_seccomp_program(std::span(program).first(table.size()), getpid());
  const sock_fprog description{.len = static_cast<unsigned short>(table.size()), .filter = program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &description, 0, 0) == 0 ? 0 : errno;
}

Result<void> confine_process() {
  Thread::set_guard(confine_thread); // which prepares what the filter forbids
  const int failure = install_seccomp(SeccompKind::main);
  if (failure != 0) {
    Thread::set_guard(nullptr);
    return host_error(failure, "install a seccomp filter");
  }
  is_confined = true;
  return {};
}

Result<void> settle_process(LaterMachines later) {
  if (!is_confined) return {};
  const bool is_wide = later == LaterMachines::enable_capabilities;
  const int failure = install_seccomp(is_wide ? SeccompKind::settled_wide : SeccompKind::settled);
  if (failure != 0) return host_error(failure, "install a seccomp filter");
  return {};
}

} // namespace volt
