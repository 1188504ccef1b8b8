// What a virtio-net device has done beyond what every device counts: frames, and why some were dropped.
#pragma once

#include <array>
#include <cstddef>

#include "devices/virtio/device_counters.h"

namespace volt::virtio {

enum class NetDrop {
  /// From the guest: no header, no Ethernet header, or a buffer to write to.
  malformed,
  /// From the guest: longer than maximum_frame_bytes.
  too_long,
  /// From the guest: a virtio_net_hdr that fits neither the frame nor the features.
  bad_header,
  /// From the guest: another source address than the device's.
  spoofed,
  /// From the guest: on a pair that is not in use, or without a link.
  no_link,
  /// From the guest: the host did not take it.
  refused,
  /// To the guest: its buffers are too small.
  no_room,
  /// To the guest: too short or too long, or with an offload that the driver did not ask for (from before it said so).
  unsuitable,
};
constexpr std::size_t net_drop_reasons = 8;

/// As DeviceCounters, which has the bytes. A frame that is dropped is not in `frames_…`.
struct NetCounters {
  std::atomic<std::uint64_t> frames_to_guest = 0;
  std::atomic<std::uint64_t> frames_from_guest = 0;
  /// By NetDrop.
  std::array<std::atomic<std::uint64_t>, net_drop_reasons> drops = {};

  [[nodiscard]] std::atomic<std::uint64_t>& of(NetDrop reason) { return drops[static_cast<std::size_t>(reason)]; }
};

/// Both that a device has.
struct NetCounting {
  NetCounters& net;
  DeviceCounters& device;
};

} // namespace volt::virtio
