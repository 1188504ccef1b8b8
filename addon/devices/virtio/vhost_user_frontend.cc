// The order of the protocol's messages.
#include "devices/virtio/vhost_user_frontend.h"

#include <cassert>
#include <cerrno>

namespace volt::virtio {

namespace {

using enum VhostUserRequest;
using Bytes = std::span<const std::uint8_t>;

// SAFETY: a trivially copyable structure seen as bytes.
template <typename Structure>
Bytes bytes_of(const Structure& structure) {
  static_assert(std::is_trivially_copyable_v<Structure>);
  return {reinterpret_cast<const std::uint8_t*>(&structure), sizeof structure};
}

template <typename Structure>
std::span<std::uint8_t> room_of(Structure& structure) {
  static_assert(std::is_trivially_copyable_v<Structure>);
  return {reinterpret_cast<std::uint8_t*>(&structure), sizeof structure};
}

Error lacks(std::string_view what) {
  return Error{.host_errno = EPROTO, .message = "the back end has no " + std::string(what)};
}

} // namespace

// The next machine on this connection takes it over again.
VhostUserFrontend::~VhostUserFrontend() {
  if (is_owner_ && started_.empty()) static_cast<void>(channel_.send(RESET_OWNER, {}, deadline()));
}

VhostUserChannel::Clock::time_point VhostUserFrontend::deadline() const {
  return VhostUserChannel::Clock::now() + patience_;
}

Result<void> VhostUserFrontend::open(const GuestMemory& memory) {
  const auto until = deadline();
  std::uint64_t features = 0;
  TRY(channel_.ask(GET_FEATURES, {}, room_of(features), until));
  if ((features & ring_features) != ring_features) return lacks("rings of virtio 1 with event indices");
  if ((features & VHOST_USER_F_PROTOCOL_FEATURES) == 0) return lacks("protocol features");
  std::uint64_t protocol = 0;
  TRY(channel_.ask(GET_PROTOCOL_FEATURES, {}, room_of(protocol), until));
  if ((protocol & VHOST_USER_PROTOCOL_F_REPLY_ACK) == 0) return lacks("acknowledgements");
  const std::uint64_t wanted = VHOST_USER_PROTOCOL_F_REPLY_ACK;
  TRY(channel_.send(SET_PROTOCOL_FEATURES, bytes_of(wanted), until));
  TRY(channel_.tell(SET_OWNER, {}, {}, until));
  is_owner_ = true;
  return hand_out(memory, until);
}

// Rings are addressed as the guest addresses its memory, which tells nothing of this process and is the same at the
// next boot: a back end may look up old rings in a new table.
Result<void> VhostUserFrontend::hand_out(const GuestMemory& memory, VhostUserChannel::Clock::time_point until) {
  assert(memory.backing() == GuestMemory::Backing::shared);
  if (memory.regions().size() > maximum_vhost_user_regions)
    return Error{.host_errno = E2BIG, .message = "the machine has more regions of memory than a back end takes"};
  VhostUserMemoryTable table{};
  std::vector<int> files;
  for (const GuestMemory::Region& region : memory.regions()) {
    table.regions[table.nregions++] = {.guest_phys_addr = region.range.start.value,
                                       .memory_size = region.range.size_bytes,
                                       .userspace_addr = region.range.start.value,
                                       .mmap_offset = 0};
    files.push_back(region.file.get());
  }
  const std::size_t size = offsetof(VhostUserMemoryTable, regions) + files.size() * sizeof(VhostUserMemoryRegion);
  return channel_.tell(SET_MEM_TABLE, bytes_of(table).first(size), files, until);
}

Result<void> VhostUserFrontend::start(std::uint64_t features, std::span<const ServedRing> rings, int call) {
  const auto until = deadline();
  const std::uint64_t accepted = (features & ring_features) | VHOST_USER_F_PROTOCOL_FEATURES;
  TRY(channel_.tell(SET_FEATURES, bytes_of(accepted), {}, until));
  for (const ServedRing& ring : rings)
    TRY(start_ring(ring, call, until));
  for (const ServedRing& ring : rings) {
    const VhostUserRingState enable{.index = ring.index, .num = 1};
    TRY(channel_.tell(SET_VRING_ENABLE, bytes_of(enable), {}, until));
  }
  return {};
}

// The kick comes last: a back end starts to serve with it.
Result<void> VhostUserFrontend::start_ring(const ServedRing& ring, int call,
                                           VhostUserChannel::Clock::time_point until) {
  const VhostUserRingState size{.index = ring.index, .num = ring.state.size};
  const VhostUserRingState base{.index = ring.index, .num = ring.state.next_available};
  VhostUserRingAddresses addresses{};
  addresses.index = ring.index;
  addresses.descriptor = ring.state.descriptors.value;
  addresses.available = ring.state.driver.value;
  addresses.used = ring.state.device.value;
  const std::uint64_t index = ring.index;
  TRY(channel_.tell(SET_VRING_NUM, bytes_of(size), {}, until));
  TRY(channel_.tell(SET_VRING_BASE, bytes_of(base), {}, until));
  TRY(channel_.tell(SET_VRING_ADDR, bytes_of(addresses), {}, until));
  TRY(channel_.tell(SET_VRING_CALL, bytes_of(index), {&call, 1}, until));
  started_.push_back(ring.index);
  return channel_.tell(SET_VRING_KICK, bytes_of(index), {&ring.kick, 1}, until);
}

Result<void> VhostUserFrontend::stop() {
  const auto until = deadline();
  while (!started_.empty()) {
    const VhostUserRingState asked{.index = started_.back(), .num = 0};
    VhostUserRingState answer{};
    TRY(channel_.ask(GET_VRING_BASE, bytes_of(asked), room_of(answer), until));
    if (answer.index != asked.index)
      return Error{.host_errno = EPROTO, .message = "the back end answered for another ring"};
    started_.pop_back();
  }
  return {};
}

} // namespace volt::virtio
