// What must hold between the fields of a plan, beyond the shape of each.
#pragma once

#include "base/result.h"
#include "engine/plan.h"

namespace volt {

/// PLAN_INVALID for regions, load items, ports, ids or APIC ids that collide, extents outside memory, KVM's own pages
/// inside it, a generation id without a place of its own, and devices without the ports and interrupts that their kind
/// has.
[[nodiscard]] Result<void> check_plan(const Plan& plan);

} // namespace volt
