// From a plan's descriptors to the disk of a block device.
#pragma once

#include <memory>

#include "devices/virtio/disk.h"
#include "engine/load_memory.h"
#include "engine/virtio_plan.h"

namespace volt {

/// Checks kind, size and access of the descriptors, which `files` has. The disk gets copies, and an engine on `loop`;
/// its ring has the name of its backend.
[[nodiscard]] Result<std::unique_ptr<virtio::Disk>> open_disk(const BlockPlan& plan, const PlanDescriptors& files,
                                                              virtio::RingShelf& rings, virtio::EventLoop& loop);

} // namespace volt
