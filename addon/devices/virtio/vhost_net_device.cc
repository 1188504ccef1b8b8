// Pairs that start and stop, and what the kernel says of them.
#include "devices/virtio/vhost_net_device.h"

#include <cassert>
#include <cerrno>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

/// Whether anything was counted since the last time.
bool take(const FileDescriptor& counter) {
  std::uint64_t count = 0;
  return read(counter.get(), &count, sizeof count) == sizeof count;
}

bool is_gone(int tap) {
  pollfd request{.fd = tap, .events = 0, .revents = 0};
  return poll(&request, 1, 0) == 1;
}

} // namespace

Result<std::unique_ptr<VhostNetDevice>> VhostNetDevice::create(const NetOptions& options,
                                                               std::unique_ptr<NetBackend> tap,
                                                               std::vector<FileDescriptor> devices, Surroundings around,
                                                               const VhostControl& control) {
  assert(devices.size() == options.pairs && !options.prevent_spoofing);
  Pairs pairs;
  for (FileDescriptor& device : devices)
    pairs.push_back({.kernel = TRY(VhostNet::create(std::move(device), around.memory, control))});
  std::unique_ptr<VhostNetDevice> made(
      new VhostNetDevice(options, std::move(tap), std::move(pairs), std::move(around)));
  TRY(made->open());
  return made;
}

VhostNetDevice::VhostNetDevice(const NetOptions& options, std::unique_ptr<NetBackend> tap, Pairs pairs,
                               Surroundings around)
    : NetCard(options, std::move(tap), std::move(around.on_link_down),
              net_feature(VIRTIO_NET_F_MRG_RXBUF) & ~pairs.front().kernel->features()),
      pairs_(std::move(pairs)), loop_(around.loop), on_lost_(std::move(around.on_lost)) {}

VhostNetDevice::~VhostNetDevice() {
  if (call_.valid()) loop_.unwatch(call_.get());
  if (error_.valid()) loop_.unwatch(error_.get());
}

// Of calls the change is enough; an error is looked for, because one from before a reset is none of the driver's.
Result<void> VhostNetDevice::open() {
  call_ = TRY(FileDescriptor::event_counter());
  error_ = TRY(FileDescriptor::event_counter());
  TRY(loop_.watch(call_.get(), EPOLLIN | EPOLLET, [this](std::uint32_t) { host().interrupt_driver(); }));
  return loop_.watch(error_.get(), EPOLLIN, [this](std::uint32_t) { ring_failed(); });
}

bool VhostNetDevice::take_notifications(NotificationCounters& counters) {
  notifications_ = &counters;
  return true;
}

// Of frames the kernel knows: it looks at its rings when it gets their counters.
void VhostNetDevice::notified(std::uint16_t queue) {
  if (has_begun() && queue == control_queue()) serve_commands();
}

void VhostNetDevice::driver_came() {
  if (is_lost_) return host().need_reset();
  watch_link();
  if (const auto watched = watch_commands(); !watched.ok()) lose(watched.error().message);
}

// The control queue's place depends on the driver: that of one without VIRTIO_NET_F_MQ is another's.
Result<void> VhostNetDevice::watch_commands() {
  assert(notifications_ != nullptr);
  const int counter = TRY(notifications_->renew(control_queue()));
  TRY(loop_.watch(counter, EPOLLIN, [this](std::uint32_t) { control_notified(); }));
  control_counter_ = counter;
  return {};
}

void VhostNetDevice::driver_left() {
  if (control_counter_) loop_.unwatch(*control_counter_);
  control_counter_.reset();
  if (look_) loop_.cancel_timer(*look_);
  look_.reset();
}

void VhostNetDevice::control_notified() {
  std::uint64_t count = 0;
  if (read(*control_counter_, &count, sizeof count) != sizeof count) return;
  add(counters().notifications);
  host().serve_later(control_queue());
}

Result<std::vector<ServedRing>> VhostNetDevice::rings_of(std::uint16_t index) {
  std::vector<ServedRing> rings;
  for (std::uint16_t side = 0; side < 2; ++side) {
    const auto queue = static_cast<std::uint16_t>(2 * index + side);
    const SplitQueue& ring = host().queue(queue);
    if (!ring.usable()) continue;
    rings.push_back({.index = side, .state = ring.state(), .kick = TRY(notifications_->renew(queue))});
  }
  return rings;
}

bool VhostNetDevice::start_pair(std::uint16_t index) {
  if (is_lost_) return false;
  if (pairs_[index].is_served) return true;
  pairs_[index].is_served = true;
  const auto started = serve_pair(index);
  if (!started.ok()) lose(started.error().message);
  return started.ok();
}

Result<void> VhostNetDevice::serve_pair(std::uint16_t index) {
  const std::vector<ServedRing> rings = TRY(rings_of(index));
  const VhostNet::Ends ends{.tap = backend().port(index).descriptor(), .call = call_.get(), .error = error_.get()};
  return pairs_[index].kernel->start(negotiated(), rings, ends);
}

// Where each ring goes on: a driver may use the pair again.
void VhostNetDevice::stop_pair(std::uint16_t index) {
  Pair& pair = pairs_[index];
  if (!std::exchange(pair.is_served, false)) return;
  const auto stopped = pair.kernel->stop();
  if (!stopped.ok()) return lose(stopped.error().message);
  for (const auto& [side, next_available] : stopped.value())
    host().queue(static_cast<std::uint16_t>(2 * index + side)).was_served(next_available);
}

void VhostNetDevice::stop_frames() {
  for (std::uint16_t index = 0; index < pairs_.size(); ++index)
    stop_pair(index);
  static_cast<void>(take(error_));
}

void VhostNetDevice::ring_failed() {
  if (!take(error_)) return;
  host().need_reset("a chain that vhost-net makes no sense of");
  stop_serving();
}

void VhostNetDevice::watch_link() {
  if (!has_link()) return;
  look_ = loop_.set_timer(EventLoop::Clock::now() + between_looks, [this] {
    look_.reset();
    is_gone(backend().port(0).descriptor()) ? link_down("the tap interface is gone") : watch_link();
  });
}

// The kernel gives up what it has of a pair with the pair.
void VhostNetDevice::lose(const std::string& reason) {
  if (std::exchange(is_lost_, true)) return;
  for (Pair& pair : pairs_)
    pair = {};
  add(counters().errors);
  if (on_lost_) on_lost_(reason);
  host().need_reset();
}

} // namespace volt::virtio
