// A ring as somebody who serves it in our place is told of it.
#pragma once

#include <cstdint>
#include <linux/virtio_config.h>

#include "devices/virtio/ring_layout.h"
#include "devices/virtio/split_queue.h"

namespace volt::virtio {

/// SplitQueue has taken it into use: aligned, whole, inside memory.
struct ServedRing {
  /// As whoever serves it counts.
  std::uint16_t index = 0;
  QueueState state = {};
  /// The descriptor (eventfd) by which its driver notifies.
  int kick = -1;
};

/// What the transport offers to the driver of every device, and so what has to be served.
constexpr std::uint64_t ring_features = std::uint64_t{1} << VIRTIO_F_VERSION_1 |
                                        std::uint64_t{1} << VIRTIO_F_INDIRECT_DESC |
                                        std::uint64_t{1} << VIRTIO_F_EVENT_IDX;

} // namespace volt::virtio
