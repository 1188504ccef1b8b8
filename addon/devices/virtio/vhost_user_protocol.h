// Messages of the vhost-user protocol (QEMU, docs/interop/vhost-user.rst) that a front end sends. <linux/vhost_types.h>
// has the payloads of rings too, but includes a header that is none for C++.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volt::virtio {

enum class VhostUserRequest : std::uint32_t {
  GET_FEATURES = 1,
  SET_FEATURES = 2,
  SET_OWNER = 3,
  RESET_OWNER = 4,
  SET_MEM_TABLE = 5,
  SET_VRING_NUM = 8,
  SET_VRING_ADDR = 9,
  SET_VRING_BASE = 10,
  GET_VRING_BASE = 11,
  SET_VRING_KICK = 12,
  SET_VRING_CALL = 13,
  GET_PROTOCOL_FEATURES = 15,
  SET_PROTOCOL_FEATURES = 16,
  SET_VRING_ENABLE = 18,
};

/// In front of each message, in the byte order of the machine.
struct VhostUserHeader {
  std::uint32_t request;
  std::uint32_t flags;
  /// Of the payload behind.
  std::uint32_t size;
};
static_assert(sizeof(VhostUserHeader) == 12);

/// Flags of a header.
constexpr std::uint32_t vhost_user_version = 1;
constexpr std::uint32_t vhost_user_version_mask = 3;
constexpr std::uint32_t vhost_user_reply = 1U << 2;
constexpr std::uint32_t vhost_user_need_reply = 1U << 3;

/// Bit of GET_FEATURES and SET_FEATURES: there are protocol features, and rings start disabled.
constexpr std::uint64_t VHOST_USER_F_PROTOCOL_FEATURES = std::uint64_t{1} << 30;
/// Bit of the protocol features: a request with vhost_user_need_reply is acknowledged by a number, 0 for done.
constexpr std::uint64_t VHOST_USER_PROTOCOL_F_REPLY_ACK = std::uint64_t{1} << 3;

struct VhostUserMemoryRegion {
  std::uint64_t guest_phys_addr;
  std::uint64_t memory_size;
  /// What the rings' addresses are counted in; the front end chooses.
  std::uint64_t userspace_addr;
  std::uint64_t mmap_offset;
};

constexpr std::size_t maximum_vhost_user_regions = 8;

/// Payload of SET_MEM_TABLE, as long as it has regions; a descriptor comes with each.
struct VhostUserMemoryTable {
  std::uint32_t nregions;
  std::uint32_t padding;
  VhostUserMemoryRegion regions[maximum_vhost_user_regions];
};
static_assert(offsetof(VhostUserMemoryTable, regions) == 8 && sizeof(VhostUserMemoryRegion) == 32);

/// Payload of SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ENABLE and GET_VRING_BASE.
struct VhostUserRingState {
  std::uint32_t index;
  std::uint32_t num;
};
static_assert(sizeof(VhostUserRingState) == 8);

/// Payload of SET_VRING_ADDR; addresses are counted as userspace_addr of the memory's regions.
struct VhostUserRingAddresses {
  std::uint32_t index;
  std::uint32_t flags;
  std::uint64_t descriptor;
  std::uint64_t used;
  std::uint64_t available;
  std::uint64_t log;
};
static_assert(sizeof(VhostUserRingAddresses) == 40 && offsetof(VhostUserRingAddresses, available) == 24);

} // namespace volt::virtio
