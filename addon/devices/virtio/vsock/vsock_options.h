// What a vsock device is told, and what it tells.
#pragma once

#include <atomic>
#include <cstdint>

#include "devices/virtio/vsock/listener.h"

namespace volt::virtio {

struct VsockOptions {
  /// is_guest_cid() holds.
  std::uint64_t guest_cid = 3;
  /// Data that is taken from the guest before the host program has read it, per connection.
  std::uint32_t buffer_bytes = 128 * 1024;
  /// Those that still hand the last data to their host program included; more are refused.
  std::size_t maximum_connections = 512;
  /// Until the other side has accepted or refused.
  std::chrono::milliseconds connect_timeout{5000};
  /// Until the guest has answered that nothing goes either way any more.
  std::chrono::milliseconds close_timeout{5000};
  /// For a host program to read what was sent before the guest's end closed.
  std::chrono::milliseconds drain_timeout{60'000};
  VsockListener::Limits listener = {};
};

/// Counted on the device's loop with relaxed order, readable from any thread.
struct VsockCounters {
  /// Connections now, as VsockOptions::maximum_connections counts them.
  std::atomic<std::uint64_t> connections = 0;
  /// Established, by who asked.
  std::atomic<std::uint64_t> from_guest = 0;
  std::atomic<std::uint64_t> from_host = 0;
  /// Asked for and not established.
  std::atomic<std::uint64_t> refused = 0;
  /// Ended because the guest sent what it must not.
  std::atomic<std::uint64_t> violations = 0;
  std::atomic<std::uint64_t> timeouts = 0;
  /// Bytes that were taken from the guest and that no host program read.
  std::atomic<std::uint64_t> lost_bytes = 0;
};

/// What outlives a snapshot. Connections do not: the guest hears of that by an event (virtio 1.2 §5.10.6.7).
struct VsockState {
  std::uint32_t version = 1;
  std::uint64_t guest_cid = 0;
  std::uint32_t next_host_port = 0;
  bool transport_reset_pending = false;
};

} // namespace volt::virtio
