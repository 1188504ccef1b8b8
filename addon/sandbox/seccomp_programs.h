// The seccomp programs, made at build time from policy/syscalls.def.
#pragma once

#include <linux/filter.h>
#include <span>

namespace volt {

/// One for the process, which all its threads have, and narrower ones for kinds of threads.
enum class SeccompKind { main, device, vcpu };

[[nodiscard]] std::span<const sock_filter> seccomp_program(SeccompKind kind);
/// System calls that it lets pass, with any arguments or some.
[[nodiscard]] unsigned seccomp_syscalls(SeccompKind kind);

} // namespace volt
