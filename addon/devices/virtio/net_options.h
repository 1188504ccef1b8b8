// What a virtio-net device is made from.
#pragma once

#include <cstdint>

#include "devices/virtio/net_layout.h"
#include "devices/virtio/token_bucket.h"

namespace volt::virtio {

struct NetOptions {
  enum class Transport {
    /// Queues of one tap interface (IFF_TAP, IFF_NO_PI, IFF_VNET_HDR), a descriptor a pair.
    tap,
    /// One connected Unix stream socket; each frame behind its length, 4 bytes big-endian.
    stream,
  };

  Transport transport = Transport::tap;
  MacAddress mac = {};
  /// 68–65535 bytes; advice to the driver.
  std::uint16_t mtu = 1500;
  /// Pairs of queues, 1–16; 1 on a stream.
  std::uint16_t pairs = 1;
  /// Checksums and segments are left to the host where the back end can.
  bool offloads = true;
  /// Frames from another source address than `mac` are dropped. What is inside a frame (ARP, NDP, IP addresses) is not
  /// looked at.
  bool prevent_spoofing = true;
  /// As the guest sees it; all pairs together.
  RateLimit receive;
  RateLimit transmit;
};

constexpr std::uint16_t maximum_net_pairs = 16;

} // namespace volt::virtio
