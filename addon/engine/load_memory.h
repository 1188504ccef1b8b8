// Fills guest memory as a plan says.
#pragma once

#include <map>
#include <string>

#include "base/file_descriptor.h"
#include "engine/plan.h"
#include "memory/guest_memory.h"

namespace volt {

/// Open files by the ids of Plan::files.
using PlanDescriptors = std::map<std::string, FileDescriptor>;

/// Copies every load item of a checked plan. The files' sizes must be the plan's; ids that the plan does not have are
/// refused.
[[nodiscard]] Result<void> load_memory(const Plan& plan, const PlanDescriptors& files, const GuestMemory& memory);

} // namespace volt
