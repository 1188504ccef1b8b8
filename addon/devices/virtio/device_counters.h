// What a device has done, for whoever wants to see it.
#pragma once

#include <atomic>
#include <cstdint>

namespace volt::virtio {

/// Counted on the device's loop with relaxed order, readable from any thread; they never go back.
struct DeviceCounters {
  /// Notifications by the driver.
  std::atomic<std::uint64_t> notifications = 0;
  /// Interrupts raised.
  std::atomic<std::uint64_t> interrupts = 0;
  /// Requests taken from queues.
  std::atomic<std::uint64_t> requests = 0;
  /// Data from the device to the guest and from the guest to the device, in bytes.
  std::atomic<std::uint64_t> bytes_to_guest = 0;
  std::atomic<std::uint64_t> bytes_from_guest = 0;
  /// Requests that failed on the host's side.
  std::atomic<std::uint64_t> errors = 0;
  /// Times that the rate limit made the driver wait.
  std::atomic<std::uint64_t> throttled = 0;
  /// What the driver did wrong.
  std::atomic<std::uint64_t> faults = 0;
};

inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t count = 1) {
  counter.fetch_add(count, std::memory_order_relaxed);
}

} // namespace volt::virtio
