// What in a plan stands in the way of something else, and where it is.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memory/guest_address.h"

namespace volt {

/// JSON pointer of an element of a list at the plan's root.
inline std::string pointer_to(std::string_view list, std::size_t index) {
  return "/" + std::string(list) + "/" + std::to_string(index);
}

/// The first pair of ranges that overlap, by index; nothing when all are apart. None may overflow.
inline std::optional<std::pair<std::size_t, std::size_t>> find_overlap(const std::vector<GuestRange>& ranges) {
  std::vector<std::size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t index) { return ranges[index].size_bytes == 0; });
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return ranges[index].start; });
  for (std::size_t next = 1; next < order.size(); ++next) {
    if (ranges[order[next - 1]].overlaps(ranges[order[next]])) return std::minmax(order[next - 1], order[next]);
  }
  return std::nullopt;
}

/// The second index of two equal elements; nothing when all differ.
template <typename Element>
std::optional<std::size_t> find_duplicate(const std::vector<Element>& elements) {
  std::vector<std::size_t> order(elements.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return elements[index]; });
  const auto twin = std::ranges::adjacent_find(
      order, [&](std::size_t one, std::size_t other) { return elements[one] == elements[other]; });
  if (twin == order.end()) return std::nullopt;
  return *std::next(twin);
}

} // namespace volt
