// KVM's side of the ring of kept writes, on a page of one's own.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "kvm/coalesced_ring.h"

namespace volt::test {

/// Lays things out as KVM does: two indices of 4 bytes, then entries of 24.
class KeptWrites {
public:
  static constexpr std::uint32_t entries = 170;

  [[nodiscard]] kvm::CoalescedRing ring() {
    return kvm::CoalescedRing({reinterpret_cast<std::uint8_t*>(page_.data()), kvm::CoalescedRing::page_bytes});
  }

  /// Whether there was room.
  bool put(std::uint64_t address, std::uint8_t byte, std::uint32_t length = 1, std::uint32_t is_port = 1) {
    if ((last() + 1) % entries == first()) return false;
    const std::size_t at = 2 + std::size_t{last()} * 6;
    std::memcpy(&page_[at], &address, sizeof address);
    page_[at + 2] = length;
    page_[at + 3] = is_port;
    page_[at + 4] = page_[at + 5] = byte * 0x01010101U;
    set_last((last() + 1) % entries);
    return true;
  }

  void print(std::string_view text) {
    for (const char character : text)
      put(0x3f8, static_cast<std::uint8_t>(character));
  }

  [[nodiscard]] std::uint32_t first() const { return page_[0]; }
  [[nodiscard]] std::uint32_t last() const { return page_[1]; }
  void set_first(std::uint32_t index) { page_[0] = index; }
  void set_last(std::uint32_t index) { page_[1] = index; }

private:
  std::vector<std::uint32_t> page_ = std::vector<std::uint32_t>(kvm::CoalescedRing::page_bytes / 4);
};

} // namespace volt::test
