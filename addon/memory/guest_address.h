// Guest-physical addresses: integers that cannot be dereferenced.
#pragma once

#include <compare>
#include <cstdint>

namespace volt {

struct GuestAddress {
  std::uint64_t value = 0;

  friend auto operator<=>(const GuestAddress&, const GuestAddress&) = default;
};

/// A range of guest-physical addresses.
struct GuestRange {
  GuestAddress start;
  std::uint64_t size_bytes = 0;

  /// Whether it ends past the 64-bit address space.
  [[nodiscard]] constexpr bool overflows() const {
    return size_bytes > 0 && start.value + (size_bytes - 1) < start.value;
  }
  /// Both must not overflow. An empty range overlaps nothing.
  [[nodiscard]] constexpr bool overlaps(const GuestRange& other) const {
    if (size_bytes == 0 || other.size_bytes == 0) return false;
    return start.value <= other.start.value + (other.size_bytes - 1) &&
           other.start.value <= start.value + (size_bytes - 1);
  }
  /// Neither overflow of `other` nor of this range makes it true.
  [[nodiscard]] constexpr bool contains(const GuestRange& other) const {
    return other.start >= start && other.start.value - start.value <= size_bytes &&
           other.size_bytes <= size_bytes - (other.start.value - start.value);
  }
};

} // namespace volt
