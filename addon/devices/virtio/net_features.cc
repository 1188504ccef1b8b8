// Tables of what needs what.
#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

struct Need {
  unsigned feature;
  unsigned needs;
};
// Those that are needed come first.
constexpr Need needs[] = {
    {VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM},
    {VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM},
    {VIRTIO_NET_F_HOST_USO, VIRTIO_NET_F_CSUM},
    {VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_GUEST_USO4, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_GUEST_USO6, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, VIRTIO_NET_F_CTRL_VQ},
};

} // namespace

// VLAN filters and setting the address are not offered: the host decides both. Nor is UFO, which Linux gave up.
std::uint64_t offered_net_features(const NetOptions& options, std::uint64_t offloads) {
  std::uint64_t features = net_feature(VIRTIO_NET_F_MAC) | net_feature(VIRTIO_NET_F_STATUS) |
                           net_feature(VIRTIO_NET_F_MTU) | net_feature(VIRTIO_NET_F_MRG_RXBUF) |
                           net_feature(VIRTIO_NET_F_CTRL_VQ) | net_feature(VIRTIO_NET_F_CTRL_RX);
  if (options.pairs > 1) features |= net_feature(VIRTIO_NET_F_MQ);
  if (!options.offloads) return features;
  features |= offloads & (host_offloads | guest_offloads);
  if ((features & guest_offloads) != 0) features |= net_feature(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
  return features;
}

std::uint64_t consistent_net_features(std::uint64_t features) {
  for (const Need& need : needs) {
    if (!has_feature(features, need.needs)) features &= ~net_feature(need.feature);
  }
  return features;
}

bool may_send_segments(std::uint64_t features, std::uint8_t gso_type) {
  switch (gso_type) {
  case VIRTIO_NET_HDR_GSO_TCPV4:
    return has_feature(features, VIRTIO_NET_F_HOST_TSO4);
  case VIRTIO_NET_HDR_GSO_TCPV6:
    return has_feature(features, VIRTIO_NET_F_HOST_TSO6);
  case VIRTIO_NET_HDR_GSO_UDP_L4:
    return has_feature(features, VIRTIO_NET_F_HOST_USO);
  default:
    return false;
  }
}

bool may_receive_segments(std::uint64_t features, std::uint8_t gso_type) {
  switch (gso_type) {
  case VIRTIO_NET_HDR_GSO_TCPV4:
    return has_feature(features, VIRTIO_NET_F_GUEST_TSO4);
  case VIRTIO_NET_HDR_GSO_TCPV6:
    return has_feature(features, VIRTIO_NET_F_GUEST_TSO6);
  case VIRTIO_NET_HDR_GSO_UDP_L4:
    return has_feature(features, VIRTIO_NET_F_GUEST_USO4) || has_feature(features, VIRTIO_NET_F_GUEST_USO6);
  default:
    return false;
  }
}

} // namespace volt::virtio
