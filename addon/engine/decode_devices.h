// Reads the devices of a boot plan.
#pragma once

#include <vector>

#include "engine/json_node.h"
#include "engine/plan.h"

namespace volt {

/// The elements of `devices`, structurally valid.
[[nodiscard]] Result<std::vector<DevicePlan>> decode_devices(const JsonNode& node);

} // namespace volt
