#define VIRTIO_RING_NO_LEGACY // what else the header has is no C++
#include "support/fake_vhost.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <linux/vhost.h>
#include <unistd.h>

namespace volt::test {

namespace {

template <typename Structure>
Structure read_as(const void* argument) {
  Structure structure{};
  std::memcpy(&structure, argument, sizeof structure);
  return structure;
}

void count_up(int counter) {
  const std::uint64_t one = 1;
  if (write(counter, &one, sizeof one) != sizeof one) std::abort();
}

// SAFETY: addresses of this process, as the kernel gets them.
std::uint8_t* at(std::uint64_t address) {
  return reinterpret_cast<std::uint8_t*>(static_cast<std::uintptr_t>(address));
}

} // namespace

virtio::VhostControl FakeVhost::control() {
  return
      [this](int descriptor, unsigned long request, void* argument) { return answer(descriptor, request, argument); };
}

std::size_t FakeVhost::count(unsigned long request) const {
  return static_cast<std::size_t>(std::ranges::count(requests, request));
}

int FakeVhost::answer(int descriptor, unsigned long request, void* argument) {
  requests.push_back(request);
  if (request == refused) return errno = EIO, -1;
  if (!devices_.contains(descriptor)) order_.push_back(descriptor);
  Device& device = devices_[descriptor];
  if (request == VHOST_SET_OWNER) {
    if (std::exchange(device.has_owner, true)) return errno = EBUSY, -1;
    return 0;
  }
  if (!device.has_owner) return errno = EPERM, -1;
  const auto ring = [&]() -> Ring& { return device.rings.at(read_as<std::uint32_t>(argument)); };
  const auto file = [&] { return read_as<vhost_vring_file>(argument).fd; };
  switch (request) {
  case VHOST_RESET_OWNER:
    device = {};
    break;
  case VHOST_GET_FEATURES:
    std::memcpy(argument, &offered, sizeof offered);
    break;
  case VHOST_SET_FEATURES:
    device.features = read_as<std::uint64_t>(argument);
    break;
  case VHOST_SET_MEM_TABLE: {
    const auto count = read_as<std::uint32_t>(argument);
    for (std::uint32_t index = 0; index < count; ++index) {
      const auto region = read_as<vhost_memory_region>(static_cast<const std::uint8_t*>(argument) +
                                                       sizeof(vhost_memory) + index * sizeof(vhost_memory_region));
      device.regions.push_back({region.guest_phys_addr, region.memory_size, region.userspace_addr});
    }
    break;
  }
  case VHOST_SET_VRING_NUM:
    ring().size = read_as<vhost_vring_state>(argument).num;
    break;
  case VHOST_SET_VRING_BASE:
    ring().base = read_as<vhost_vring_state>(argument).num;
    break;
  case VHOST_GET_VRING_BASE: {
    const vhost_vring_state state{.index = read_as<std::uint32_t>(argument), .num = ring().base};
    std::memcpy(argument, &state, sizeof state);
    break;
  }
  case VHOST_SET_VRING_ADDR: {
    const auto addresses = read_as<vhost_vring_addr>(argument);
    ring().descriptors = addresses.desc_user_addr;
    ring().available = addresses.avail_user_addr;
    ring().used = addresses.used_user_addr;
    break;
  }
  case VHOST_SET_VRING_KICK:
    ring().kick = file();
    break;
  case VHOST_SET_VRING_CALL:
    ring().call = file();
    break;
  case VHOST_SET_VRING_ERR:
    ring().error = file();
    break;
  case VHOST_NET_SET_BACKEND:
    ring().tap = file();
    break;
  default:
    std::abort();
  }
  return 0;
}

unsigned FakeVhost::serve(Ring& ring, std::uint32_t written_bytes) {
  if (ring.tap < 0) return 0;
  // SAFETY: indices of rings, which are aligned.
  const std::atomic_ref last(*reinterpret_cast<std::uint16_t*>(at(ring.available) + 2));
  const std::atomic_ref returned(*reinterpret_cast<std::uint16_t*>(at(ring.used) + 2));
  unsigned served = 0;
  for (; static_cast<std::uint16_t>(ring.base) != last.load(); ++ring.base, ++served) {
    const std::uint32_t slot = ring.base % ring.size;
    std::uint16_t head = 0;
    std::memcpy(&head, at(ring.available) + 4 + slot * sizeof head, sizeof head);
    const std::array<std::uint32_t, 2> element{head, written_bytes};
    std::memcpy(at(ring.used) + 4 + slot * sizeof element, element.data(), sizeof element);
    returned.store(static_cast<std::uint16_t>(ring.base + 1));
  }
  if (served > 0) count_up(ring.call);
  return served;
}

void FakeVhost::complain(const Ring& ring) {
  count_up(ring.error);
}

} // namespace volt::test
