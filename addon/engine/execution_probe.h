// Finds out by a tiny guest whether the host's KVM lets kernel-mode code run on the processor or emulates it.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "kvm/system.h"

namespace volt {

enum class KernelMode { native, emulated };

struct ExecutionProbe {
  KernelMode kernel_mode = KernelMode::native;
  /// The run that decided: processor time, and the guest's instructions in it.
  std::uint64_t nanoseconds = 0;
  std::uint64_t instructions = 0;
};

/// Runs loops at privilege level 0 for some milliseconds of processor time on the calling thread.
[[nodiscard]] Result<ExecutionProbe> probe_execution(const kvm::System& system);

} // namespace volt
