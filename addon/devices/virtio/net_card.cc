// Features, link and commands of a network card.
#include "devices/virtio/net_card.h"

#include <cassert>
#include <cerrno>
#include <linux/virtio_ids.h>

#include "devices/virtio/net_features.h"

namespace volt::virtio {

NetCard::NetCard(const NetOptions& options, std::unique_ptr<NetBackend> backend, LinkDownHandler on_link_down,
                 std::uint64_t without)
    : options_(options), backend_(std::move(backend)),
      offered_features_(offered_net_features(options, backend_->offloads()) & ~without),
      on_link_down_(std::move(on_link_down)), command_gate_({.bandwidth = std::nullopt, .operations = command_rate}) {
  assert(options.pairs >= 1 && options.pairs <= maximum_net_pairs && options.pairs == backend_->port_count());
}

std::uint32_t NetCard::type() const {
  return VIRTIO_ID_NET;
}

std::uint16_t NetCard::queue_count() const {
  return static_cast<std::uint16_t>(2 * options_.pairs + 1);
}

// virtio 1.2 §5.1.2: behind the pairs that the driver can know of.
std::uint16_t NetCard::control_queue() const {
  return has_feature(features_, VIRTIO_NET_F_MQ) ? static_cast<std::uint16_t>(2 * options_.pairs) : std::uint16_t{2};
}

void NetCard::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  const virtio_net_config configuration{.mac = options_.mac,
                                        .status = has_link_ ? VIRTIO_NET_S_LINK_UP : std::uint16_t{0},
                                        .max_virtqueue_pairs = options_.pairs,
                                        .mtu = options_.mtu};
  read_structure(configuration, offset, data);
}

void NetCard::activate(std::uint64_t features) {
  features_ = consistent_net_features(features);
  driver_came();
  begin();
}

// A driver that comes and goes with other features each time may not do more than one that sends commands.
void NetCard::begin() {
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

void NetCard::reset() {
  stop_serving();
  driver_left();
  has_begun_ = false;
  features_ = 0;
  guest_offloads_ = 0;
  used_pairs_ = 1;
}

void NetCard::serve_commands() {
  const std::uint16_t queue = control_queue();
  serve(
      queue, [&] { return command_gate_.is_open(host().loop(), counters(), [this] { serve_commands(); }); },
      [&](const DescriptorChain& chain) {
        command_gate_.take(0);
        run_command(chain);
      });
  host().interrupt_used(queue);
  if (host().queue(queue).fault()) stop_serving();
}

void NetCard::stop_serving() {
  stop_frames();
  command_gate_.cancel(host().loop());
}

void NetCard::run_command(const DescriptorChain& chain) {
  const std::uint8_t status = run_net_command(chain.readable, {.features = features_, .pairs = options_.pairs}, *this);
  const std::size_t written = chain.writable.write(0, {&status, sizeof status});
  if (written == 0) host().report_fault("a command without room for its answer");
  host().queue(control_queue()).push(chain.head, static_cast<std::uint32_t>(written));
}

// What was in force stays where the host refuses, or is short of memory; other errors mean that the interface is gone.
bool NetCard::use_guest_offloads(std::uint64_t offloads) {
  const auto used = apply_guest_offloads(offloads);
  if (used.ok()) return true;
  const int error = used.error().host_errno;
  if (error != EINVAL && error != ENOMEM) link_down(used.error().message);
  return false;
}

Result<void> NetCard::apply_guest_offloads(std::uint64_t offloads) {
  if (!has_link_) return {};
  TRY(backend_->use_guest_offloads(offloads));
  guest_offloads_ = offloads;
  guest_offloads_changed();
  return {};
}

bool NetCard::use_pairs(std::uint16_t count) {
  used_pairs_ = count;
  if (!has_link_) return true;
  for (std::uint16_t index = count; index < options_.pairs; ++index)
    stop_pair(index);
  // Each is as much work for the host as a command.
  for (; attached_pairs_ != count; attached_pairs_ < count ? ++attached_pairs_ : --attached_pairs_)
    command_gate_.take(0);
  if (const auto used = backend_->use_ports(count); !used.ok()) {
    link_down(used.error().message);
    return false;
  }
  for (std::uint16_t index = 0; index < count; ++index) {
    if (!start_pair(index)) return false;
  }
  return true;
}

void NetCard::link_down(const std::string& reason) {
  if (!has_link_) return;
  has_link_ = false;
  add(counters().errors);
  for (std::uint16_t index = 0; index < options_.pairs; ++index)
    stop_pair(index);
  host().configuration_changed();
  if (on_link_down_) on_link_down_(reason);
}

} // namespace volt::virtio
