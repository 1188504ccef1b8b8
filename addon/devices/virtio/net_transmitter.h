// Frames on their way from a transmit queue to a port: a batch at most, so that a port that is slow makes the driver
// wait.
#pragma once

#include <vector>

#include "devices/virtio/net_port.h"
#include "devices/virtio/split_queue.h"

namespace volt::virtio {

class NetTransmitter {
public:
  static constexpr std::size_t batch_frames = 64;

  NetTransmitter(NetPort& port, NetCounting counters) : port_(port), counters_(counters) {}

  /// Only while not blocked; flush() as soon as a batch is full.
  void add(OutgoingFrame frame) { waiting_.push_back(std::move(frame)); }
  [[nodiscard]] bool is_full() const { return waiting_.size() >= batch_frames; }
  /// Sends what the port takes and returns it to the driver. Interrupting it is the caller's affair.
  [[nodiscard]] PortStatus flush(SplitQueue& queue);
  /// The port took less than there was.
  [[nodiscard]] bool is_blocked() const { return is_blocked_; }

  /// Returns what was not sent to the driver, without a link to send it on.
  void drop(SplitQueue& queue);
  /// The driver is gone, and its frames with it.
  void reset();
  [[nodiscard]] const std::vector<OutgoingFrame>& waiting() const { return waiting_; }

private:
  NetPort& port_;
  const NetCounting counters_;
  std::vector<OutgoingFrame> waiting_;
  bool is_blocked_ = false;
};

} // namespace volt::virtio
