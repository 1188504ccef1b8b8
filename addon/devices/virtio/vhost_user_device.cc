// Start, stop and loss of a back end.
#include "devices/virtio/vhost_user_device.h"

#include <cassert>
#include <sys/epoll.h>

namespace volt::virtio {

VhostUserDevice::VhostUserDevice(BackEnd back_end, EventLoop& loop)
    : front_end_(std::move(back_end.channel), back_end.patience), on_lost_(std::move(back_end.on_lost)), loop_(loop) {}

VhostUserDevice::~VhostUserDevice() {
  loop_.unwatch(front_end_.descriptor());
  if (call_.valid()) loop_.unwatch(call_.get());
}

// The counter is watched for changes and never read: a back end that takes from it too could make a read wait.
Result<void> VhostUserDevice::open(const GuestMemory& memory) {
  call_ = TRY(FileDescriptor::event_counter());
  TRY(loop_.watch(call_.get(), EPOLLIN | EPOLLET, [this](std::uint32_t) { host().interrupt_driver(); }));
  if (const auto opened = front_end_.open(memory); !opened.ok()) {
    loop_.post([this, reason = opened.error().message] { lose(reason); });
    return {};
  }
  // It speaks when it is spoken to.
  return loop_.watch(front_end_.descriptor(), EPOLLIN | EPOLLRDHUP, [this](std::uint32_t events) {
    const bool is_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    lose(is_end ? "the back end closed its connection" : "the back end sent what nobody asked for");
  });
}

bool VhostUserDevice::take_notifications(NotificationCounters& counters) {
  notifications_ = &counters;
  return true;
}

void VhostUserDevice::activate(std::uint64_t features) {
  if (is_lost_) return host().need_reset();
  if (const auto started = start(features); !started.ok()) lose(started.error().message);
}

// Counters that the back end never had: it may have filled an earlier one and made it blocking. Nobody here writes to
// one that it has.
Result<void> VhostUserDevice::start(std::uint64_t features) {
  assert(notifications_ != nullptr);
  std::vector<ServedRing> rings;
  for (std::uint16_t index = 0; index < queue_count(); ++index) {
    const SplitQueue& queue = host().queue(index);
    if (!queue.usable()) continue;
    rings.push_back({.index = index, .state = queue.state(), .kick = TRY(notifications_->renew(index))});
  }
  return front_end_.start(features, rings, call_.get());
}

void VhostUserDevice::reset() {
  if (is_lost_) return;
  if (const auto stopped = front_end_.stop(); !stopped.ok()) lose(stopped.error().message);
}

void VhostUserDevice::lose(const std::string& reason) {
  if (std::exchange(is_lost_, true)) return;
  loop_.unwatch(front_end_.descriptor());
  front_end_.shut_down();
  add(counters().errors);
  if (on_lost_) on_lost_(reason);
  host().need_reset();
}

} // namespace volt::virtio
