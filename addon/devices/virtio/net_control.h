// Commands of the control queue (virtio 1.2 §5.1.6.5).
#pragma once

#include <cstdint>

#include "devices/virtio/buffer_list.h"

namespace volt::virtio {

/// Who carries out what a driver wants. Both say whether it worked.
class NetControlTarget {
public:
  virtual ~NetControlTarget() = default;

  /// From 1 to the device's number of pairs.
  [[nodiscard]] virtual bool use_pairs(std::uint16_t count) = 0;
  /// A part of the guest's offloads that were negotiated.
  [[nodiscard]] virtual bool use_guest_offloads(std::uint64_t offloads) = 0;
};

struct NetControlRules {
  /// As negotiated.
  std::uint64_t features = 0;
  std::uint16_t pairs = 1;
};

/// Receive modes and address tables are checked and that is all: they allow the device to filter, they do not oblige
/// it. Returns VIRTIO_NET_OK or VIRTIO_NET_ERR.
[[nodiscard]] std::uint8_t run_net_command(const BufferList& command, const NetControlRules& rules,
                                           NetControlTarget& target);

} // namespace volt::virtio
