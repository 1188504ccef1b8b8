// Frames from a port into a receive queue (virtio 1.2 §5.1.6.3 and 5.1.6.4).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "devices/virtio/net_counters.h"
#include "devices/virtio/net_port.h"

namespace volt::virtio {

/// Never has more of the guest's buffers than the largest frame needs.
class NetReceiver {
public:
  NetReceiver(NetPort& port, NetCounting counters) : port_(port), counters_(counters) {}

  /// The driver is there; `mtu` in bytes.
  void start(std::uint64_t features, std::uint16_t mtu);
  /// Which of the guest's offloads that were negotiated are in use.
  void use_guest_offloads(std::uint64_t offloads) { offloads_ = offloads; }
  /// The driver is gone, and what it gave with it.
  void reset();

  enum class Step {
    /// A frame was delivered, or dropped.
    frame,
    /// No frame is there: wait for the port.
    idle,
    /// No buffer is there, or not enough: wait for the driver.
    starved,
    /// The port is broken.
    broken,
    /// The driver did what cannot be gone on from: fault().
    faulty,
  };
  /// One frame at most. Interrupting the driver is the caller's affair.
  [[nodiscard]] Step step(SplitQueue& queue);
  /// Of the frame that was delivered last, without its header; 0 where it was dropped.
  [[nodiscard]] std::size_t delivered_bytes() const { return delivered_bytes_; }
  [[nodiscard]] std::string_view fault() const { return fault_; }
  /// Buffers that were taken and not returned.
  [[nodiscard]] const ReceiveBuffers& buffers() const { return buffers_; }

private:
  [[nodiscard]] bool hold(SplitQueue& queue, std::uint64_t wanted_bytes);
  [[nodiscard]] Step deliver(SplitQueue& queue);
  [[nodiscard]] Step drop(NetDrop reason);
  [[nodiscard]] bool is_suitable(const Arrival& arrival) const;
  void put(SplitQueue& queue, std::size_t frame_bytes);

  NetPort& port_;
  const NetCounting counters_;
  bool merges_ = false;
  std::uint64_t offloads_ = 0;
  std::uint64_t usual_bytes_ = 0;
  ReceiveBuffers buffers_;
  /// Waits for buffers.
  std::optional<Arrival> arrival_;
  std::vector<UsedChain> used_; // of one frame
  std::size_t delivered_bytes_ = 0;
  std::string_view fault_;
};

} // namespace volt::virtio
