// The half of NetDevice that moves frames: what wakes a pair, and what makes it wait.
#include <sys/epoll.h>

#include "devices/virtio/net_device.h"

namespace volt::virtio {

namespace {

/// Frames to the guest at a time, so that the other direction and the other pairs get their turn.
constexpr unsigned receive_batch = 64;

constexpr std::uint16_t receive_queue(std::uint16_t pair) {
  return static_cast<std::uint16_t>(2 * pair);
}
constexpr std::uint16_t transmit_queue(std::uint16_t pair) {
  return static_cast<std::uint16_t>(2 * pair + 1);
}

} // namespace

void NetDevice::notified(std::uint16_t queue) {
  if (!has_begun()) return;
  const auto index = static_cast<std::uint16_t>(queue / 2);
  if (queue == control_queue()) {
    serve_commands();
  } else if (index >= pairs_.size()) {
    return; // where a control queue would be, had the driver several pairs
  } else if (queue == receive_queue(index)) {
    receive(index);
  } else {
    transmit(index);
  }
}

bool NetDevice::set_rate(std::string_view name, const std::optional<TokenRate>& rate) {
  const bool receives = name == "receive";
  if (!receives && name != "transmit") return false;
  NetRateGate& gate = receives ? receive_gate_ : transmit_gate_;
  if (!gate.limit(rate, host().loop())) return true;
  for (std::uint16_t index = 0; index < pairs_.size(); ++index)
    receives ? receive(index) : transmit(index);
  return true;
}

void NetDevice::handle_events(std::uint16_t index, std::uint32_t events) {
  Pair& pair = pairs_[index];
  if ((events & EPOLLOUT) != 0) {
    flush(index);
    if (!pair.transmitter.is_blocked()) transmit(index);
  }
  if ((events & EPOLLIN) != 0) return receive(index); // which finds out what else there is
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) link_down("the other end is gone");
}

void NetDevice::receive(std::uint16_t index) {
  Pair& pair = pairs_[index];
  if (!pair.is_used) return;
  SplitQueue& queue = host().queue(receive_queue(index));
  queue.suppress_notifications();
  const bool goes_on = receive_frames(pair, queue, index);
  host().interrupt_used(receive_queue(index));
  if (goes_on) update_watch(pair);
}

bool NetDevice::receive_frames(Pair& pair, SplitQueue& queue, std::uint16_t index) {
  const auto reopen = [this] {
    for (std::uint16_t each = 0; each < pairs_.size(); ++each)
      receive(each);
  };
  for (unsigned count = 0; count < receive_batch; ++count) {
    pair.wants_frames = receive_gate_.is_open(host().loop(), counters(), reopen);
    if (!pair.wants_frames) return true;
    switch (pair.receiver.step(queue)) {
    case NetReceiver::Step::frame:
      receive_gate_.take(pair.receiver.delivered_bytes());
      break;
    case NetReceiver::Step::idle:
      return true;
    case NetReceiver::Step::starved:
      pair.wants_frames = queue.resume_notifications();
      if (!pair.wants_frames) return true;
      queue.suppress_notifications();
      break;
    case NetReceiver::Step::broken:
      link_down(pair.port.problem());
      return false;
    case NetReceiver::Step::faulty:
      host().need_reset(pair.receiver.fault());
      stop_serving();
      return false;
    }
  }
  host().serve_later(receive_queue(index)); // frames may be in the port, where no event tells of them
  return true;
}

void NetDevice::transmit(std::uint16_t index) {
  const auto reopen = [this] {
    for (std::uint16_t each = 0; each < pairs_.size(); ++each)
      transmit(each);
  };
  const std::uint16_t queue = transmit_queue(index);
  serve(
      queue,
      [&] {
        return !pairs_[index].transmitter.is_blocked() && transmit_gate_.is_open(host().loop(), counters(), reopen);
      },
      [&](const DescriptorChain& chain) { take(index, chain); });
  if (host().queue(queue).fault()) return stop_serving();
  flush(index);
}

void NetDevice::take(std::uint16_t index, const DescriptorChain& chain) {
  Pair& pair = pairs_[index];
  const auto drop = [&](NetDrop reason) {
    add(net_counters_.of(reason));
    host().queue(transmit_queue(index)).push(chain.head, 0);
  };
  if (!pair.is_used) return drop(NetDrop::no_link);
  FrameRules rules{.features = negotiated(), .source = std::nullopt};
  if (options().prevent_spoofing) rules.source = options().mac;
  auto read = read_frame(chain, rules);
  if (const auto* fault = std::get_if<FrameFault>(&read)) {
    if (!fault->text.empty()) host().report_fault(fault->text);
    return drop(fault->drop);
  }
  OutgoingFrame& frame = std::get<OutgoingFrame>(read);
  transmit_gate_.take(frame.size_bytes());
  pair.transmitter.add(std::move(frame));
  if (pair.transmitter.is_full()) flush(index);
}

void NetDevice::flush(std::uint16_t index) {
  Pair& pair = pairs_[index];
  const PortStatus status = pair.transmitter.flush(host().queue(transmit_queue(index)));
  host().interrupt_used(transmit_queue(index));
  if (status == PortStatus::broken) return link_down(pair.port.problem());
  if (pair.is_used) update_watch(pair);
}

void NetDevice::update_watch(Pair& pair) {
  std::uint32_t events = 0;
  if (pair.wants_frames) events |= EPOLLIN;
  if (pair.transmitter.is_blocked()) events |= EPOLLOUT;
  if (events == pair.watched_events) return;
  if (const auto changed = host().loop().change_watch(pair.port.descriptor(), events); !changed.ok())
    return link_down(changed.error().message);
  pair.watched_events = events;
}

} // namespace volt::virtio
