// ioctls of <linux/vhost.h>, in the order that the kernel wants them.
#define VIRTIO_RING_NO_LEGACY // what else the header has is no C++
#include "devices/virtio/vhost_net.h"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include "base/fault.h"
#include "devices/virtio/net_layout.h"

namespace volt::virtio {

namespace {

constexpr std::uint64_t usable_features = ring_features | net_feature(VIRTIO_NET_F_MRG_RXBUF);
/// Of the kernel's parameter max_mem_regions, as it is where nobody changed it.
constexpr std::size_t maximum_regions = 64;
/// struct vhost_memory, as long as it may be.
struct MemoryTable {
  std::uint32_t nregions;
  std::uint32_t padding;
  vhost_memory_region regions[maximum_regions];
};
static_assert(offsetof(MemoryTable, regions) == sizeof(vhost_memory));
constexpr int nothing = -1; // as a descriptor: what was there is given up

} // namespace

VhostControl host_vhost_control() {
  return [](int descriptor, unsigned long request, void* argument) {
    return fault::strikes() ? (errno = ENOMEM, -1) : ioctl(descriptor, request, argument);
  };
}

template <typename Argument>
Result<void> VhostNet::tell(unsigned long request, Argument& argument, std::string_view attempted) {
  if (control_(device_.get(), request, &argument) < 0) return host_error(errno, attempted);
  return {};
}

Result<std::unique_ptr<VhostNet>> VhostNet::create(FileDescriptor device, const GuestMemory& memory,
                                                   VhostControl control) {
  std::unique_ptr<VhostNet> made(new VhostNet(std::move(device), memory, std::move(control)));
  TRY(made->take_over());
  TRY(made->tell_memory());
  return made;
}

VhostNet::~VhostNet() {
  static_cast<void>(stop());
  if (is_owner_) control_(device_.get(), VHOST_RESET_OWNER, nullptr);
}

// The process that takes it over is the one whose memory the kernel reaches.
Result<void> VhostNet::take_over() {
  if (control_(device_.get(), VHOST_SET_OWNER, nullptr) < 0) {
    Error error = host_error(errno, "use descriptor " + std::to_string(device_.get()) + " as /dev/vhost-net");
    error.hint = "hand over a descriptor of /dev/vhost-net that no other machine uses";
    return error;
  }
  is_owner_ = true;
  std::uint64_t features = 0;
  TRY(tell(VHOST_GET_FEATURES, features, "ask vhost-net for its features"));
  if ((features & ring_features) != ring_features) {
    return Error{.host_errno = ENOTSUP,
                 .message = "vhost-net has no rings of virtio 1 with event indices",
                 .hint = "leave `vhost` out, or use a newer kernel"};
  }
  features_ = features & usable_features;
  return {};
}

Result<void> VhostNet::tell_memory() {
  const std::span<const GuestMemory::Region> regions = memory_.regions();
  if (regions.size() > maximum_regions) {
    return Error{.host_errno = E2BIG,
                 .message = "the machine has more regions of memory than vhost-net takes",
                 .hint = "leave `vhost` out"};
  }
  MemoryTable table{};
  table.nregions = static_cast<std::uint32_t>(regions.size());
  for (std::size_t index = 0; index < regions.size(); ++index) {
    const GuestRange& range = regions[index].range;
    table.regions[index] = {.guest_phys_addr = range.start.value,
                            .memory_size = range.size_bytes,
                            .userspace_addr = address_of(range.start),
                            .flags_padding = 0};
  }
  return tell(VHOST_SET_MEM_TABLE, table, "tell vhost-net the guest's memory");
}

// SAFETY: an address as a number, for the kernel.
std::uint64_t VhostNet::address_of(GuestAddress start) const {
  const std::span<std::uint8_t> bytes = memory_.from(start, 1);
  assert(!bytes.empty());
  return reinterpret_cast<std::uintptr_t>(bytes.data());
}

// VHOST_NET_F_VIRTIO_NET_HDR stays away: the tap has the header (IFF_VNET_HDR).
Result<void> VhostNet::start(std::uint64_t features, std::span<const ServedRing> rings, const Ends& ends) {
  std::uint64_t accepted = features & features_;
  TRY(tell(VHOST_SET_FEATURES, accepted, "tell vhost-net the driver's features"));
  for (const ServedRing& ring : rings)
    TRY(start_ring(ring, ends));
  return {};
}

// The tap comes last: the kernel starts to serve with it.
Result<void> VhostNet::start_ring(const ServedRing& ring, const Ends& ends) {
  constexpr std::string_view attempted = "give vhost-net a ring";
  const QueueState& state = ring.state;
  vhost_vring_state size{.index = ring.index, .num = state.size};
  vhost_vring_state base{.index = ring.index, .num = state.next_available};
  vhost_vring_addr addresses{};
  addresses.index = ring.index;
  addresses.desc_user_addr = address_of(state.descriptors);
  addresses.avail_user_addr = address_of(state.driver);
  addresses.used_user_addr = address_of(state.device);
  vhost_vring_file call{.index = ring.index, .fd = ends.call};
  vhost_vring_file error{.index = ring.index, .fd = ends.error};
  vhost_vring_file kick{.index = ring.index, .fd = ring.kick};
  vhost_vring_file tap{.index = ring.index, .fd = ends.tap};
  started_.push_back(ring.index);
  TRY(tell(VHOST_SET_VRING_NUM, size, attempted));
  TRY(tell(VHOST_SET_VRING_BASE, base, attempted));
  TRY(tell(VHOST_SET_VRING_ADDR, addresses, attempted));
  TRY(tell(VHOST_SET_VRING_CALL, call, attempted));
  TRY(tell(VHOST_SET_VRING_ERR, error, attempted));
  TRY(tell(VHOST_SET_VRING_KICK, kick, attempted));
  return tell(VHOST_NET_SET_BACKEND, tap, "connect vhost-net with the tap interface");
}

// Taking the tap away waits for what is under way (vhost_net_flush_vq).
Result<std::vector<VhostNet::Position>> VhostNet::stop() {
  constexpr std::string_view attempted = "take a ring from vhost-net";
  std::vector<Position> positions;
  while (!started_.empty()) {
    const std::uint16_t index = started_.back();
    vhost_vring_file none{.index = index, .fd = nothing};
    vhost_vring_state base{.index = index, .num = 0};
    TRY(tell(VHOST_NET_SET_BACKEND, none, attempted));
    TRY(tell(VHOST_SET_VRING_KICK, none, attempted));
    TRY(tell(VHOST_GET_VRING_BASE, base, attempted));
    positions.push_back({.index = index, .next_available = static_cast<std::uint16_t>(base.num)});
    started_.pop_back();
  }
  return positions;
}

} // namespace volt::virtio
