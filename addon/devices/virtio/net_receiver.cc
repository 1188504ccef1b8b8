// Holding buffers, and spreading a frame over them.
#include "devices/virtio/net_receiver.h"

#include <algorithm>

#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

constexpr std::size_t header_bytes = sizeof(virtio_net_hdr_v1);
constexpr std::size_t vlan_tag_bytes = 4;

} // namespace

void NetReceiver::start(std::uint64_t features, std::uint16_t mtu) {
  merges_ = has_feature(features, VIRTIO_NET_F_MRG_RXBUF);
  offloads_ = features & guest_offloads;
  usual_bytes_ =
      header_bytes + ((offloads_ & guest_segments) != 0 ? maximum_frame_bytes
                                                        : ethernet_header_bytes + vlan_tag_bytes + std::size_t{mtu});
}

void NetReceiver::reset() {
  if (arrival_) port_.release();
  arrival_.reset();
  buffers_.clear();
}

// Without merged buffers a frame lies in one chain. A queue's worth of chains is all that a driver can give at a time.
bool NetReceiver::hold(SplitQueue& queue, std::uint64_t wanted_bytes) {
  const std::size_t maximum_count = merges_ ? queue.state().size : 1;
  while (buffers_.size_bytes() < wanted_bytes && buffers_.count() < maximum_count) {
    auto chain = queue.pop();
    if (!chain) break;
    add(counters_.device.requests);
    if (chain->readable.size_bytes() > 0 || chain->writable.size_bytes() < header_bytes) {
      fault_ = "a receive buffer that has no room for a header, or is not to be written to";
      return false;
    }
    buffers_.add(*std::move(chain));
  }
  if (!queue.fault()) return true;
  fault_ = queue.fault()->text;
  return false;
}

NetReceiver::Step NetReceiver::step(SplitQueue& queue) {
  delivered_bytes_ = 0;
  if (!arrival_) {
    if (!hold(queue, usual_bytes_)) return Step::faulty;
    if (buffers_.count() == 0) return Step::starved;
    Arrival arrival;
    switch (port_.receive(buffers_, arrival)) {
    case PortStatus::ready:
      arrival_ = arrival;
      break;
    case PortStatus::blocked:
      return Step::idle;
    case PortStatus::broken:
      return Step::broken;
    }
  }
  return deliver(queue);
}

NetReceiver::Step NetReceiver::deliver(SplitQueue& queue) {
  if (!is_suitable(*arrival_)) return drop(NetDrop::unsuitable);
  const std::size_t size = header_bytes + arrival_->frame_bytes();
  if (!hold(queue, size)) return Step::faulty;
  if (buffers_.size_bytes() < size) {
    if (!merges_ || buffers_.count() >= queue.state().size) return drop(NetDrop::no_room);
    return Step::starved;
  }
  put(queue, arrival_->frame_bytes());
  return Step::frame;
}

NetReceiver::Step NetReceiver::drop(NetDrop reason) {
  add(counters_.net.of(reason));
  arrival_.reset();
  port_.release();
  return Step::frame;
}

// Frames that waited in the back end may be older than what the driver agreed on.
bool NetReceiver::is_suitable(const Arrival& arrival) const {
  if (arrival.frame_bytes() < ethernet_header_bytes || arrival.frame_bytes() > maximum_frame_bytes) return false;
  const virtio_net_hdr_v1& header = arrival.header;
  if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 && !has_feature(offloads_, VIRTIO_NET_F_GUEST_CSUM))
    return false;
  return header.gso_type == VIRTIO_NET_HDR_GSO_NONE || may_receive_segments(offloads_, header.gso_type);
}

void NetReceiver::put(SplitQueue& queue, std::size_t frame_bytes) {
  virtio_net_hdr_v1 header = arrival_->header;
  if (!has_feature(offloads_, VIRTIO_NET_F_GUEST_CSUM)) header.flags = 0;
  std::size_t left = header_bytes + frame_bytes;
  const std::size_t chains = buffers_.chains_for(left);
  header.num_buffers = static_cast<std::uint16_t>(chains);
  // SAFETY: a trivially copyable structure seen as bytes.
  buffers_.write(0, {reinterpret_cast<const std::uint8_t*>(&header), header_bytes});
  buffers_.write(header_bytes + arrival_->bytes_in_place, arrival_->rest);
  used_.clear();
  for (std::size_t index = 0; index < chains; ++index) {
    used_.push_back(buffers_.take_first(left));
    left -= used_.back().written_bytes;
  }
  queue.push_together(used_); // virtio 1.2 §5.1.6.4.1: the driver must not see a part of a frame
  arrival_.reset();
  port_.release();
  delivered_bytes_ = frame_bytes;
  add(counters_.net.frames_to_guest);
  add(counters_.device.bytes_to_guest, frame_bytes);
}

} // namespace volt::virtio
