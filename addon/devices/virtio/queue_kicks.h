// The driver's notifications of queues that somebody else serves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/file_descriptor.h"

namespace volt::virtio {

/// The counters (eventfd) that they arrive at, by queue. Before take() it has none.
class QueueKicks {
public:
  /// The descriptors have to outlive it.
  void take(std::span<const FileDescriptor> by_queue);

  [[nodiscard]] std::uint16_t count() const { return static_cast<std::uint16_t>(descriptors_.size()); }
  /// `queue` below count().
  [[nodiscard]] int descriptor(std::uint16_t queue) const { return descriptors_[queue]; }

  /// Tells whoever serves the queue of what KVM did not hand over itself, such as requests that were there before the
  /// driver was ready. Never waits.
  void pass_on(std::uint16_t queue) const;

private:
  std::vector<int> descriptors_;
};

} // namespace volt::virtio
