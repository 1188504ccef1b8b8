// Counters of a driver's notifications, as the engine has them.
#pragma once

#include <poll.h>
#include <unistd.h>
#include <vector>

#include "devices/virtio/virtio_device.h"

namespace volt::test {

class FakeCounters : public virtio::NotificationCounters {
public:
  explicit FakeCounters(std::size_t queues) : by_queue_(queues) {}

  [[nodiscard]] Result<int> renew(std::uint16_t queue) override {
    if (refuses) return host_error(ENOMEM, "renew a counter");
    by_queue_[queue] = TRY(FileDescriptor::event_counter(1));
    return by_queue_[queue].get();
  }
  [[nodiscard]] int descriptor(std::uint16_t queue) const { return by_queue_[queue].get(); }
  /// The driver notifies, and the counter is there for that, as KVM's is.
  void notify(std::uint16_t queue) const {
    const std::uint64_t one = 1;
    static_cast<void>(write(descriptor(queue), &one, sizeof one));
  }
  /// Whether it was notified, and nobody has taken notice.
  [[nodiscard]] bool was_notified(std::uint16_t queue) const {
    pollfd request{.fd = descriptor(queue), .events = POLLIN, .revents = 0};
    return poll(&request, 1, 0) == 1;
  }

  bool refuses = false;

private:
  std::vector<FileDescriptor> by_queue_;
};

} // namespace volt::test
