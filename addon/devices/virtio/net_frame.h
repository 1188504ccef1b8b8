// A frame that the guest sends: taken from its request and checked, so that a back end may have it as it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "devices/virtio/descriptor_chain.h"
#include "devices/virtio/net_counters.h"
#include "devices/virtio/net_layout.h"

namespace volt::virtio {

/// What is checked is copied; the rest stays in guest memory, which the guest may change until the frame is sent.
struct OutgoingFrame {
  std::uint16_t head = 0;
  virtio_net_hdr_v1 header = {};
  std::array<std::uint8_t, ethernet_header_bytes> ethernet = {};
  /// Behind the Ethernet header.
  BufferList rest;

  /// The header left out.
  [[nodiscard]] std::size_t size_bytes() const { return ethernet.size() + rest.size_bytes(); }
};

struct FrameRules {
  /// As negotiated.
  std::uint64_t features = 0;
  /// The only source address that is allowed.
  std::optional<MacAddress> source;
};

struct FrameFault {
  NetDrop drop;
  /// What the driver did wrong, of static storage; empty where that is nothing.
  std::string_view text;
};

[[nodiscard]] std::variant<OutgoingFrame, FrameFault> read_frame(const DescriptorChain& chain, const FrameRules& rules);

} // namespace volt::virtio
