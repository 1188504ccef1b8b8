// Life of the device: descriptors, features, link, commands. Frames: net_traffic.cc.
#include "devices/virtio/net_device.h"

#include <cassert>
#include <cerrno>
#include <linux/virtio_ids.h>
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

NetDevice::NetDevice(const NetOptions& options, std::unique_ptr<NetBackend> backend, LinkDownHandler on_link_down)
    : options_(options), backend_(std::move(backend)), on_link_down_(std::move(on_link_down)),
      offered_features_(offered_net_features(options, backend_->offloads())), receive_gate_(options.receive),
      transmit_gate_(options.transmit), command_gate_({.bandwidth = std::nullopt, .operations = command_rate}) {
  assert(options.pairs >= 1 && options.pairs <= maximum_net_pairs && options.pairs == backend_->port_count());
  for (std::uint16_t index = 0; index < options.pairs; ++index)
    pairs_.emplace_back(backend_->port(index), NetCounting{net_counters_, counters()});
}

std::uint32_t NetDevice::type() const {
  return VIRTIO_ID_NET;
}

std::uint16_t NetDevice::queue_count() const {
  return static_cast<std::uint16_t>(2 * pairs_.size() + 1);
}

// virtio 1.2 §5.1.2: behind the pairs that the driver can know of.
std::uint16_t NetDevice::control_queue() const {
  return has_feature(features_, VIRTIO_NET_F_MQ) ? static_cast<std::uint16_t>(2 * pairs_.size()) : std::uint16_t{2};
}

void NetDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  const virtio_net_config configuration{.mac = options_.mac,
                                        .status = has_link_ ? VIRTIO_NET_S_LINK_UP : std::uint16_t{0},
                                        .max_virtqueue_pairs = options_.pairs,
                                        .mtu = options_.mtu};
  read_structure(configuration, offset, data);
}

void NetDevice::activate(std::uint64_t features) {
  features_ = consistent_net_features(features);
  for (Pair& pair : pairs_)
    pair.receiver.start(features_, options_.mtu);
  begin();
}

// A driver that comes and goes with other features each time may not do more than one that sends commands.
void NetDevice::begin() {
  const auto later = [this] {
    begin();
    for (std::uint16_t index = 0; index < queue_count(); ++index)
      host().serve_later(index);
  };
  if (!command_gate_.is_open(host().loop(), counters(), later)) return;
  command_gate_.take(0);
  has_begun_ = true;
  if (const auto used = apply_guest_offloads(features_ & guest_offloads); !used.ok()) link_down(used.error().message);
  static_cast<void>(use_pairs(1));
}

void NetDevice::reset() {
  stop_watching();
  for (Pair& pair : pairs_) {
    pair.receiver.reset();
    pair.transmitter.reset();
  }
  has_begun_ = false;
  features_ = 0;
  guest_offloads_ = 0;
  used_pairs_ = 1;
}

void NetDevice::stop_watching() {
  for (Pair& pair : pairs_) {
    if (pair.is_used) host().loop().unwatch(pair.port.descriptor());
    pair.is_used = false;
  }
  receive_gate_.cancel(host().loop());
  transmit_gate_.cancel(host().loop());
  command_gate_.cancel(host().loop());
}

// What was in force stays where the host refuses, or is short of memory; other errors mean that the interface is gone.
bool NetDevice::use_guest_offloads(std::uint64_t offloads) {
  const auto used = apply_guest_offloads(offloads);
  if (used.ok()) return true;
  const int error = used.error().host_errno;
  if (error != EINVAL && error != ENOMEM) link_down(used.error().message);
  return false;
}

Result<void> NetDevice::apply_guest_offloads(std::uint64_t offloads) {
  if (!has_link_) return {};
  TRY(backend_->use_guest_offloads(offloads));
  guest_offloads_ = offloads;
  for (Pair& pair : pairs_)
    pair.receiver.use_guest_offloads(offloads);
  return {};
}

bool NetDevice::use_pairs(std::uint16_t count) {
  used_pairs_ = count;
  if (!has_link_) return true;
  for (std::uint16_t index = count; index < pairs_.size(); ++index)
    stop_pair(index);
  if (const auto used = backend_->use_ports(count); !used.ok()) {
    link_down(used.error().message);
    return false;
  }
  for (std::uint16_t index = 0; index < count; ++index) {
    if (!start_pair(index)) return false;
  }
  return true;
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

void NetDevice::link_down(std::string reason) {
  if (!has_link_) return;
  has_link_ = false;
  add(counters().errors);
  for (std::uint16_t index = 0; index < pairs_.size(); ++index)
    stop_pair(index);
  host().configuration_changed();
  if (on_link_down_) on_link_down_(reason);
}

void NetDevice::run_command(const DescriptorChain& chain) {
  const std::uint8_t status = run_net_command(chain.readable, {.features = features_, .pairs = options_.pairs}, *this);
  const std::size_t written = chain.writable.write(0, {&status, sizeof status});
  if (written == 0) host().report_fault("a command without room for its answer");
  host().queue(control_queue()).push(chain.head, static_cast<std::uint32_t>(written));
}

NetState NetDevice::state() const {
  NetState state{.has_link = has_link_, .used_pairs = used_pairs_, .guest_offloads = guest_offloads_, .pairs = {}};
  for (const Pair& pair : pairs_) {
    NetState::Pair& part = state.pairs.emplace_back();
    part.receive_heads = pair.receiver.buffers().heads();
    for (const OutgoingFrame& frame : pair.transmitter.waiting())
      part.transmit_heads.push_back(frame.head);
  }
  return state;
}

} // namespace volt::virtio
