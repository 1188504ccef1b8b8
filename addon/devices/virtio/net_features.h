// Feature bits of virtio-net: which go together, and which the device offers.
#pragma once

#include <cstdint>

#include "devices/virtio/net_layout.h"
#include "devices/virtio/net_options.h"

namespace volt::virtio {

/// Offloads from the guest to the host, and those that the guest takes over for the host.
constexpr std::uint64_t host_offloads = net_feature(VIRTIO_NET_F_CSUM) | net_feature(VIRTIO_NET_F_HOST_TSO4) |
                                        net_feature(VIRTIO_NET_F_HOST_TSO6) | net_feature(VIRTIO_NET_F_HOST_USO);
constexpr std::uint64_t guest_segments = net_feature(VIRTIO_NET_F_GUEST_TSO4) | net_feature(VIRTIO_NET_F_GUEST_TSO6) |
                                         net_feature(VIRTIO_NET_F_GUEST_USO4) | net_feature(VIRTIO_NET_F_GUEST_USO6);
constexpr std::uint64_t guest_offloads = net_feature(VIRTIO_NET_F_GUEST_CSUM) | guest_segments;

constexpr bool has_feature(std::uint64_t features, unsigned number) {
  return (features & net_feature(number)) != 0;
}

/// What a device of these options offers on a back end that can do `offloads`.
[[nodiscard]] std::uint64_t offered_net_features(const NetOptions& options, std::uint64_t offloads);

/// Without those that need another which is not there (virtio 1.2 §5.1.3.1).
[[nodiscard]] std::uint64_t consistent_net_features(std::uint64_t features);

/// The segments (VIRTIO_NET_HDR_GSO_*) that `features` allow from the guest, or to it.
[[nodiscard]] bool may_send_segments(std::uint64_t features, std::uint8_t gso_type);
[[nodiscard]] bool may_receive_segments(std::uint64_t features, std::uint8_t gso_type);

} // namespace volt::virtio
