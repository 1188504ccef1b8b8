// eventfd(2) as somebody else may have left it.
#include "devices/virtio/queue_kicks.h"

#include <poll.h>
#include <unistd.h>

namespace volt::virtio {

void QueueKicks::take(std::span<const FileDescriptor> by_queue) {
  descriptors_.clear();
  for (const FileDescriptor& counter : by_queue)
    descriptors_.push_back(counter.get());
}

// A process that had the counter before may have filled it and made it blocking.
void QueueKicks::pass_on(std::uint16_t queue) const {
  if (queue >= count()) return;
  pollfd request{.fd = descriptor(queue), .events = POLLOUT, .revents = 0};
  if (poll(&request, 1, 0) != 1) return; // full: it is known
  const std::uint64_t one = 1;
  static_cast<void>(write(descriptor(queue), &one, sizeof one));
}

} // namespace volt::virtio
