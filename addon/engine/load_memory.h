// Fills guest memory as a plan says.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/file_descriptor.h"
#include "engine/plan.h"
#include "memory/guest_memory.h"

namespace volt {

/// Open files by the ids of Plan::files and the names of the devices' backends.
using PlanDescriptors = std::map<std::string, FileDescriptor>;

/// Whether to give up what may take long.
using Cancelled = std::function<bool()>;

/// Copies every load item of a checked plan. The files' sizes must be the plan's; ids that the plan does not have are
/// refused, and so is a backend without a descriptor. Fails with ECANCELED when `cancelled`, which is asked before each
/// item, becomes true.
[[nodiscard]] Result<void> load_memory(const Plan& plan, const PlanDescriptors& files, const GuestMemory& memory,
                                       const Cancelled& cancelled);

} // namespace volt
