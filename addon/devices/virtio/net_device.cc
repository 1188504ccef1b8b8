// Life of the device: descriptors and pairs. Frames: net_traffic.cc.
#include "devices/virtio/net_device.h"

#include <cerrno>
#include <sys/epoll.h>

#include "devices/virtio/net_features.h"
#include "devices/virtio/stream_port.h"
#include "devices/virtio/tap_backend.h"

namespace volt::virtio {

Result<std::unique_ptr<NetDevice>> NetDevice::create(const NetOptions& options, std::vector<FileDescriptor> backend,
                                                     LinkDownHandler on_link_down) {
  if (backend.size() != options.pairs) {
    return Error{.host_errno = EINVAL,
                 .message = "a network device of " + std::to_string(options.pairs) + " queue pairs got " +
                            std::to_string(backend.size()) + " descriptors",
                 .hint = "hand over one descriptor a pair"};
  }
  std::unique_ptr<NetBackend> made;
  if (options.transport == NetOptions::Transport::tap)
    made = TRY(TapBackend::create(std::move(backend)));
  else
    made = TRY(StreamBackend::create(std::move(backend.front())));
  return std::make_unique<NetDevice>(options, std::move(made), std::move(on_link_down));
}

NetDevice::NetDevice(const NetOptions& options, std::unique_ptr<NetBackend> its_backend, LinkDownHandler on_link_down)
    : NetCard(options, std::move(its_backend), std::move(on_link_down)), receive_gate_(options.receive),
      transmit_gate_(options.transmit) {
  for (std::uint16_t index = 0; index < options.pairs; ++index)
    pairs_.emplace_back(backend().port(index), NetCounting{net_counters_, counters()});
}

void NetDevice::driver_came() {
  for (Pair& pair : pairs_)
    pair.receiver.start(negotiated(), options().mtu);
}

void NetDevice::driver_left() {
  for (Pair& pair : pairs_) {
    pair.receiver.reset();
    pair.transmitter.reset();
  }
}

void NetDevice::stop_frames() {
  for (Pair& pair : pairs_) {
    if (pair.is_used) host().loop().unwatch(pair.port.descriptor());
    pair.is_used = false;
  }
  receive_gate_.cancel(host().loop());
  transmit_gate_.cancel(host().loop());
}

void NetDevice::guest_offloads_changed() {
  for (Pair& pair : pairs_)
    pair.receiver.use_guest_offloads(used_guest_offloads());
}

bool NetDevice::start_pair(std::uint16_t index) {
  Pair& pair = pairs_[index];
  if (pair.is_used) return true;
  const auto watched = host().loop().watch(pair.port.descriptor(), EPOLLIN,
                                           [this, index](std::uint32_t events) { handle_events(index, events); });
  if (!watched.ok()) {
    link_down(watched.error().message);
    return false;
  }
  pair.is_used = true;
  pair.wants_frames = true;
  pair.watched_events = EPOLLIN;
  return true;
}

// Frames that wait in its transmit queue are dropped on a later round.
void NetDevice::stop_pair(std::uint16_t index) {
  Pair& pair = pairs_[index];
  if (!pair.is_used) return;
  const auto transmit_queue = static_cast<std::uint16_t>(2 * index + 1);
  host().loop().unwatch(pair.port.descriptor());
  pair.is_used = false;
  pair.transmitter.drop(host().queue(transmit_queue));
  host().interrupt_used(transmit_queue);
  host().serve_later(transmit_queue);
}

NetState NetDevice::state() const {
  NetState state{
      .has_link = has_link(), .used_pairs = used_pairs(), .guest_offloads = used_guest_offloads(), .pairs = {}};
  for (const Pair& pair : pairs_) {
    NetState::Pair& part = state.pairs.emplace_back();
    part.receive_heads = pair.receiver.buffers().heads();
    for (const OutgoingFrame& frame : pair.transmitter.waiting())
      part.transmit_heads.push_back(frame.head);
  }
  return state;
}

} // namespace volt::virtio
