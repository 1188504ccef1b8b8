// The ring: KVM moves `last`, we move `first`.
#include "kvm/coalesced_ring.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <linux/kvm.h>

namespace volt::kvm {

namespace {

// struct kvm_coalesced_mmio_ring as C has it: in C++ the header's flexible array begins 8 bytes too late.
struct Ring {
  static constexpr std::size_t entries = (CoalescedRing::page_bytes - 2 * sizeof(__u32)) / sizeof(kvm_coalesced_mmio);

  __u32 first;
  __u32 last;
  std::array<kvm_coalesced_mmio, entries> writes;
};
static_assert(offsetof(Ring, writes) == 8 && sizeof(Ring) <= CoalescedRing::page_bytes);

constexpr std::size_t entries = Ring::entries;
constexpr std::size_t widest = 4; // what OUT writes

Ring& ring_in(std::span<std::uint8_t> page) {
  // SAFETY: KVM's page starts with the ring and is aligned; of what is in use only the two indices change beside us.
  return *reinterpret_cast<Ring*>(page.data());
}

} // namespace

// One entry stays free, so that full is not empty.
constexpr std::size_t CoalescedRing::capacity = entries - 1;

bool CoalescedRing::empty() const {
  Ring& ring = ring_in(page_);
  return std::atomic_ref(ring.first).load(std::memory_order_acquire) ==
         std::atomic_ref(ring.last).load(std::memory_order_acquire);
}

std::size_t CoalescedRing::take(const std::function<void(const PortWrite&)>& handle) const {
  Ring& ring = ring_in(page_);
  const std::atomic_ref first(ring.first);
  const std::size_t end = std::atomic_ref(ring.last).load(std::memory_order_acquire);
  std::size_t taken = 0;
  for (std::size_t at = first.load(std::memory_order_relaxed); at < entries && end < entries && at != end; ++taken) {
    const kvm_coalesced_mmio& entry = ring.writes[at];
    const bool is_port_write = entry.pio != 0 && entry.phys_addr <= UINT16_MAX && entry.len >= 1 && entry.len <= widest;
    if (is_port_write)
      handle({.port = static_cast<std::uint16_t>(entry.phys_addr), .data = std::span(entry.data).first(entry.len)});
    at = (at + 1) % entries;
    first.store(static_cast<__u32>(at), std::memory_order_release);
  }
  return taken;
}

} // namespace volt::kvm
