// Structures, flags and features of virtio-net, by the names of virtio 1.2 §5.1 and 1.3 §5.1 (USO); the kernel's header
// for them is none for C++.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace volt::virtio {

/// Numbers of feature bits, §5.1.3.
constexpr unsigned VIRTIO_NET_F_CSUM = 0;
constexpr unsigned VIRTIO_NET_F_GUEST_CSUM = 1;
constexpr unsigned VIRTIO_NET_F_CTRL_GUEST_OFFLOADS = 2;
constexpr unsigned VIRTIO_NET_F_MTU = 3;
constexpr unsigned VIRTIO_NET_F_MAC = 5;
constexpr unsigned VIRTIO_NET_F_GUEST_TSO4 = 7;
constexpr unsigned VIRTIO_NET_F_GUEST_TSO6 = 8;
constexpr unsigned VIRTIO_NET_F_HOST_TSO4 = 11;
constexpr unsigned VIRTIO_NET_F_HOST_TSO6 = 12;
constexpr unsigned VIRTIO_NET_F_MRG_RXBUF = 15;
constexpr unsigned VIRTIO_NET_F_STATUS = 16;
constexpr unsigned VIRTIO_NET_F_CTRL_VQ = 17;
constexpr unsigned VIRTIO_NET_F_CTRL_RX = 18;
constexpr unsigned VIRTIO_NET_F_MQ = 22;
constexpr unsigned VIRTIO_NET_F_GUEST_USO4 = 54;
constexpr unsigned VIRTIO_NET_F_GUEST_USO6 = 55;
constexpr unsigned VIRTIO_NET_F_HOST_USO = 56;

constexpr std::uint64_t net_feature(unsigned number) {
  return std::uint64_t{1} << number;
}

constexpr std::size_t mac_bytes = 6;
using MacAddress = std::array<std::uint8_t, mac_bytes>;

/// §5.1.4.
struct virtio_net_config {
  MacAddress mac;
  std::uint16_t status;
  std::uint16_t max_virtqueue_pairs;
  std::uint16_t mtu;
};
static_assert(sizeof(virtio_net_config) == 12 && offsetof(virtio_net_config, mtu) == 10);

constexpr std::uint16_t VIRTIO_NET_S_LINK_UP = 1;

/// §5.1.6; in front of every frame in both directions.
struct virtio_net_hdr_v1 {
  std::uint8_t flags;
  std::uint8_t gso_type;
  std::uint16_t hdr_len;
  std::uint16_t gso_size;
  std::uint16_t csum_start;
  std::uint16_t csum_offset;
  std::uint16_t num_buffers;
};
static_assert(sizeof(virtio_net_hdr_v1) == 12 && offsetof(virtio_net_hdr_v1, num_buffers) == 10);

constexpr std::uint8_t VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
constexpr std::uint8_t VIRTIO_NET_HDR_F_DATA_VALID = 2;
constexpr std::uint8_t VIRTIO_NET_HDR_GSO_NONE = 0;
constexpr std::uint8_t VIRTIO_NET_HDR_GSO_TCPV4 = 1;
constexpr std::uint8_t VIRTIO_NET_HDR_GSO_TCPV6 = 4;
constexpr std::uint8_t VIRTIO_NET_HDR_GSO_UDP_L4 = 5;

/// §5.1.6.5.
struct virtio_net_ctrl_hdr {
  std::uint8_t command_class;
  std::uint8_t command;
};
static_assert(sizeof(virtio_net_ctrl_hdr) == 2);

constexpr std::uint8_t VIRTIO_NET_OK = 0;
constexpr std::uint8_t VIRTIO_NET_ERR = 1;
constexpr std::uint8_t VIRTIO_NET_CTRL_RX = 0;
constexpr std::uint8_t VIRTIO_NET_CTRL_RX_PROMISC = 0;
constexpr std::uint8_t VIRTIO_NET_CTRL_RX_ALLMULTI = 1;
constexpr std::uint8_t VIRTIO_NET_CTRL_MAC = 1;
constexpr std::uint8_t VIRTIO_NET_CTRL_MAC_TABLE_SET = 0;
constexpr std::uint8_t VIRTIO_NET_CTRL_MQ = 4;
constexpr std::uint8_t VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET = 0;
constexpr std::uint8_t VIRTIO_NET_CTRL_GUEST_OFFLOADS = 5;
constexpr std::uint8_t VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET = 0;

constexpr std::size_t ethernet_header_bytes = 14;
/// What a frame may have behind its virtio_net_hdr_v1: an IP packet of 64 KiB behind an Ethernet header (§5.1.6.3.1).
constexpr std::size_t maximum_frame_bytes = 65550;

} // namespace volt::virtio
