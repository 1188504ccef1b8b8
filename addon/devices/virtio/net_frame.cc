// virtio 1.2 §5.1.6.2, seen by a device that trusts no field.
#include "devices/virtio/net_frame.h"

#include <algorithm>
#include <span>

#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

constexpr std::size_t checksum_bytes = 2;

/// Fields that mean nothing are made zero, so that nobody behind takes them for something.
std::optional<std::string_view> tidy(virtio_net_hdr_v1& header, std::size_t frame_bytes, std::uint64_t features) {
  const virtio_net_hdr_v1 given = header;
  header = {};
  const bool needs_checksum = (given.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0;
  if (needs_checksum) {
    if (!has_feature(features, VIRTIO_NET_F_CSUM)) return "a checksum is left open without VIRTIO_NET_F_CSUM";
    const std::size_t place = std::size_t{given.csum_start} + given.csum_offset;
    if (given.csum_start < ethernet_header_bytes || place + checksum_bytes > frame_bytes)
      return "a checksum lies outside its frame";
    header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    header.csum_start = given.csum_start;
    header.csum_offset = given.csum_offset;
  }
  if (given.gso_type == VIRTIO_NET_HDR_GSO_NONE) return std::nullopt;
  if (!may_send_segments(features, given.gso_type)) return "a frame to segment in a way that was not agreed on";
  if (!needs_checksum) return "a frame to segment has its checksum already";
  if (given.gso_size == 0) return "segments without a size";
  if (given.hdr_len > frame_bytes) return "headers longer than their frame";
  header.gso_type = given.gso_type;
  header.gso_size = given.gso_size;
  header.hdr_len = given.hdr_len;
  return std::nullopt;
}

} // namespace

std::variant<OutgoingFrame, FrameFault> read_frame(const DescriptorChain& chain, const FrameRules& rules) {
  constexpr std::size_t header_bytes = sizeof(virtio_net_hdr_v1);
  const std::uint64_t size_bytes = chain.readable.size_bytes();
  if (chain.writable.size_bytes() > 0) return FrameFault{NetDrop::malformed, "a frame to send in a writable buffer"};
  if (size_bytes < header_bytes + ethernet_header_bytes)
    return FrameFault{NetDrop::malformed, "a frame to send is too short for its headers"};
  if (size_bytes > header_bytes + maximum_frame_bytes)
    return FrameFault{NetDrop::too_long, "a frame to send is too long"};
  OutgoingFrame frame;
  frame.head = chain.head;
  // SAFETY: a trivially copyable structure seen as bytes.
  static_cast<void>(chain.readable.read(0, {reinterpret_cast<std::uint8_t*>(&frame.header), header_bytes}));
  static_cast<void>(chain.readable.read(header_bytes, frame.ethernet));
  frame.rest = chain.readable.slice(header_bytes + ethernet_header_bytes, maximum_frame_bytes);
  if (const auto problem = tidy(frame.header, frame.size_bytes(), rules.features))
    return FrameFault{NetDrop::bad_header, *problem};
  // The destination's address comes first.
  if (rules.source && !std::ranges::equal(std::span(frame.ethernet).subspan(mac_bytes, mac_bytes), *rules.source))
    return FrameFault{NetDrop::spoofed, {}};
  return frame;
}

} // namespace volt::virtio
