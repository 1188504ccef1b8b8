// Reads a virtio device of a boot plan.
#pragma once

#include <string_view>

#include "engine/json_node.h"
#include "engine/plan.h"

namespace volt {

/// `type` is the node's.
[[nodiscard]] Result<DevicePlan> decode_virtio_device(const JsonNode& node, std::string_view type);

} // namespace volt
