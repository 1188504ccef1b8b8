// Handing frames to the port, and their chains back.
#include "devices/virtio/net_transmitter.h"

namespace volt::virtio {

PortStatus NetTransmitter::flush(SplitQueue& queue) {
  is_blocked_ = false;
  if (waiting_.empty()) return PortStatus::ready;
  const NetPort::Sent sent = port_.send(waiting_);
  for (std::size_t index = 0; index < sent.frames; ++index) {
    virtio::add(counters_.device.bytes_from_guest, waiting_[index].size_bytes());
    queue.push(waiting_[index].head, 0);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(sent.frames));
  virtio::add(counters_.net.frames_from_guest, sent.frames - sent.refused);
  virtio::add(counters_.net.of(NetDrop::refused), sent.refused);
  is_blocked_ = sent.status == PortStatus::blocked;
  return sent.status;
}

void NetTransmitter::drop(SplitQueue& queue) {
  for (const OutgoingFrame& frame : waiting_) {
    virtio::add(counters_.net.of(NetDrop::no_link));
    queue.push(frame.head, 0);
  }
  reset();
}

void NetTransmitter::reset() {
  if (!waiting_.empty()) port_.give_up(waiting_.front());
  waiting_.clear();
  is_blocked_ = false;
}

} // namespace volt::virtio
