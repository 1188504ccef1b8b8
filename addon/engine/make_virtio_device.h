// The model of a virtio device, with what it needs of the host.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/virtio/console_peer.h"
#include "devices/virtio/virtio_device.h"
#include "engine/load_memory.h"
#include "engine/virtio_plan.h"

namespace volt {

/// Gets the reason, on the loop, at most once.
using LinkDownHandler = std::function<void(const std::string& reason)>;

/// What devices use. All but `files` must outlive them.
struct DeviceSurroundings {
  /// Every descriptor that the plan names; a device gets copies.
  const PlanDescriptors& files;
  /// What the guest has, for a balloon.
  std::uint64_t memory_bytes;
  /// A virtio console's other end.
  virtio::ConsolePeer& console;
};

/// `on_link_down` is for a network whose back end is gone. `loop` must outlive the device.
[[nodiscard]] Result<std::unique_ptr<virtio::VirtioDevice>> make_virtio_device(const VirtioPlan& plan,
                                                                               const DeviceSurroundings& around,
                                                                               virtio::EventLoop& loop,
                                                                               const LinkDownHandler& on_link_down);

} // namespace volt
