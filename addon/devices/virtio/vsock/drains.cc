// Flush until nothing is left.
#include "devices/virtio/vsock/drains.h"

namespace volt::virtio {

VsockDrains::~VsockDrains() {
  while (!drains_.empty())
    end(drains_.begin()->first);
}

void VsockDrains::add(HostStream stream) {
  const std::uint64_t id = ++last_drain_;
  const int descriptor = stream.descriptor();
  const auto timeout = loop_.set_timer(EventLoop::Clock::now() + timeout_, [this, id] { end(id); });
  drains_.emplace(id, Drain{std::move(stream), timeout});
  const auto watched =
      loop_.watch(descriptor, HostStream::watched_events, [this, id](std::uint32_t events) { on_ready(id, events); });
  if (!watched.ok()) end(id);
}

void VsockDrains::on_ready(std::uint64_t id, std::uint32_t events) {
  HostStream& stream = drains_.at(id).stream;
  stream.ready(events);
  static_cast<void>(stream.flush());
  if (stream.is_flushed()) end(id);
}

void VsockDrains::end(std::uint64_t id) {
  const auto node = drains_.extract(id);
  Drain& drain = node.mapped();
  loop_.unwatch(drain.stream.descriptor());
  loop_.cancel_timer(drain.timeout);
  ended_(drain.stream.lost_bytes() + drain.stream.kept_bytes());
}

} // namespace volt::virtio
