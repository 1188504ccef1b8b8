// The model of a virtio device, with what it needs of the host.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/virtio/console_peer.h"
#include "devices/virtio/ring_shelf.h"
#include "devices/virtio/virtio_device.h"
#include "engine/load_memory.h"
#include "engine/virtio_plan.h"

namespace volt {

/// For a device whose peer is gone. Each gets the reason, on the loop, at most once.
struct LossHandlers {
  using Handler = std::function<void(const std::string& reason)>;
  /// Of a network's back end.
  Handler link_down;
  /// Of whoever serves a device's queues: another process, or the kernel.
  Handler back_end_down;
};

/// What devices use. All but `files` and `rings` must outlive them.
struct DeviceSurroundings {
  /// Every descriptor that the plan names; a device gets copies.
  const PlanDescriptors& files;
  /// The guest's.
  const GuestMemory& memory;
  /// A virtio console's other end.
  virtio::ConsolePeer& console;
  /// Of disks.
  virtio::RingShelf& rings;
};

/// `loop` must outlive the device.
[[nodiscard]] Result<std::unique_ptr<virtio::VirtioDevice>> make_virtio_device(const VirtioPlan& plan,
                                                                               const DeviceSurroundings& around,
                                                                               virtio::EventLoop& loop,
                                                                               const LossHandlers& on_loss);

} // namespace volt
