// The seccomp programs, made at build time from policy/syscalls.def.
#pragma once

#include <array>
#include <linux/filter.h>
#include <span>
#include <sys/types.h>

namespace volt {

/// `main` for the process, which all its threads have, and narrower ones for kinds of threads. Below `main` comes
/// `settled` when the first machine is made, or `settled_wide` where a plan has APIC ids above 254: they forbid what no
/// machine after it needs.
enum class SeccompKind { main, device, vcpu, settled, settled_wide };
inline constexpr std::array seccomp_kinds{SeccompKind::main, SeccompKind::device, SeccompKind::vcpu,
                                          SeccompKind::settled, SeccompKind::settled_wide};

/// As the table has it, with a constant in place of the process's id.
[[nodiscard]] std::span<const sock_filter> seccomp_program(SeccompKind kind);
/// Puts the id of the process, as it is in its PID namespace, at the one place where a program compares it, if any.
void complete_seccomp_program(std::span<sock_filter> program, pid_t own_process);
/// System calls that pass, with any arguments or some; of the settled ones together with `main`.
[[nodiscard]] unsigned seccomp_syscalls(SeccompKind kind);

} // namespace volt
