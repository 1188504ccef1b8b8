// Whether a plan's devices go together with each other and with the rest.
#pragma once

#include "base/result.h"
#include "engine/plan.h"

namespace volt {

/// Kinds, ports, windows, GSIs, ids and backends; the rest of the plan is checked before.
[[nodiscard]] Result<void> check_devices(const Plan& plan);

} // namespace volt
