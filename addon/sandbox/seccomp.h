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

} // namespace volt
