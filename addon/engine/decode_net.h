// Reads a network device of a boot plan.
#pragma once

#include "engine/json_node.h"
#include "engine/virtio_plan.h"

namespace volt {

/// `node` is an object of type virtio-net.
[[nodiscard]] Result<NetPlan> decode_net(const JsonNode& node);

} // namespace volt
