// What surrounds a virtio device model: its queues and interrupts inwards, the machine outwards.
#pragma once

#include <cstdint>
#include <string_view>

#include "devices/virtio/event_loop.h"
#include "devices/virtio/split_queue.h"

namespace volt::virtio {

/// The device's interrupt, edge triggered. From any thread.
class InterruptSignal {
public:
  virtual ~InterruptSignal() = default;

  virtual void trigger() = 0;
};

/// Who hears of what a driver did wrong. On the device's loop, at most once a second.
class FaultListener {
public:
  virtual ~FaultListener() = default;

  virtual void device_fault(std::string_view text) = 0;
};

/// The transport as a device sees it. On the device's loop.
class DeviceHost {
public:
  virtual ~DeviceHost() = default;

  [[nodiscard]] virtual EventLoop& loop() = 0;
  /// The guest's, for a device that is told of memory otherwise than by buffers.
  [[nodiscard]] virtual const GuestMemory& memory() const = 0;
  /// `index` below the device's number of queues.
  [[nodiscard]] virtual SplitQueue& queue(std::uint16_t index) = 0;
  /// Chains were pushed to a queue: interrupts the driver if it wants that.
  virtual void interrupt_used(std::uint16_t index) = 0;
  /// Chains were used by somebody else, who serves the queues: interrupts the driver.
  virtual void interrupt_driver() = 0;
  /// The configuration changed (virtio 1.2 §2.5): a new generation, and an interrupt where the driver runs.
  virtual void configuration_changed() = 0;
  /// Calls the device's notified() for the queue once more on a later round, unless it was reset meanwhile.
  virtual void serve_later(std::uint16_t index) = 0;
  /// The driver did something wrong that ends at most its request.
  virtual void report_fault(std::string_view text) = 0;
  /// The driver did something after which the device cannot go on until it is reset (DEVICE_NEEDS_RESET).
  virtual void need_reset(std::string_view text) = 0;
  /// The same by no fault of the driver's.
  virtual void need_reset() = 0;
};

} // namespace volt::virtio
