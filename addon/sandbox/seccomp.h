// Puts the seccomp programs in force.
#pragma once

#include "base/result.h"
#include "base/thread.h"
#include "sandbox/seccomp_programs.h"

namespace volt {

/// On the calling thread and those that it starts later, below what they have; 0, or the errno. Wants no_new_privs.
/// Allocates nothing.
[[nodiscard]] int install_seccomp(SeccompKind kind);

/// The process's filter, while it has one thread; from here on each Thread gets that of its kind before its body runs.
[[nodiscard]] Result<void> confine_process();

/// Whether the process's later machines enable capabilities of KVM's, as those do whose APIC ids go above 254.
enum class LaterMachines { as_usual, enable_capabilities };
/// Ends what only the first machine needs, I/O rings above all: on the calling thread and those that it starts from
/// here on. The others could not do it before. Nothing where confine_process() was not called or failed.
[[nodiscard]] Result<void> settle_process(LaterMachines later);

} // namespace volt
