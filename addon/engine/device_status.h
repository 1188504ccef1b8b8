// What a virtio device has done so far, for whoever asks while it runs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "devices/virtio/console_peer.h"
#include "devices/virtio/virtio_device.h"

namespace volt {

struct BalloonStatus {
  /// What the guest is asked to keep, and what it keeps, in bytes.
  std::uint64_t target_bytes = 0;
  std::uint64_t actual_bytes = 0;
  /// Given back to the host by inflation and by reports since the machine started, in bytes.
  std::uint64_t inflated_bytes = 0;
  std::uint64_t reported_bytes = 0;
  /// As the guest says them, by names: `free`, `total`, `available` and `diskCaches` are bytes, the others counts.
  std::map<std::string_view, std::uint64_t> statistics;
};

struct DeviceStatus {
  std::string id;
  /// As in a plan: `virtio-block`.
  std::string_view type;
  /// DeviceCounters by their names, and what the kind of device counts besides.
  std::map<std::string_view, std::uint64_t> counters;
  std::optional<BalloonStatus> balloon = {};
  /// What a virtio console tells the guest.
  std::optional<virtio::ConsoleSize> console = {};
};

/// On the device's loop. `memory_bytes` is what the guest has.
[[nodiscard]] DeviceStatus status_of(const std::string& id, virtio::VirtioDevice& device, std::uint64_t memory_bytes);

} // namespace volt
