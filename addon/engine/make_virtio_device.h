// The model of a virtio device, with what it needs of the host.
#pragma once

#include <memory>

#include "devices/virtio/virtio_device.h"
#include "engine/load_memory.h"
#include "engine/virtio_plan.h"

namespace volt {

/// `files` has every descriptor that the plan names; the device gets copies. `loop` must outlive the device.
[[nodiscard]] Result<std::unique_ptr<virtio::VirtioDevice>>
make_virtio_device(const VirtioPlan& plan, const PlanDescriptors& files, virtio::EventLoop& loop);

} // namespace volt
