// The model of a virtio device, with what it needs of the host.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/virtio/virtio_device.h"
#include "engine/load_memory.h"
#include "engine/virtio_plan.h"

namespace volt {

/// Gets the reason, on the loop, at most once.
using LinkDownHandler = std::function<void(const std::string& reason)>;

/// `files` has every descriptor that the plan names; the device gets copies. `memory_bytes` is what the guest has, for
/// a balloon; `on_link_down` is for a network whose back end is gone. `loop` must outlive the device.
[[nodiscard]] Result<std::unique_ptr<virtio::VirtioDevice>>
make_virtio_device(const VirtioPlan& plan, const PlanDescriptors& files, std::uint64_t memory_bytes,
                   virtio::EventLoop& loop, const LinkDownHandler& on_link_down);

} // namespace volt
