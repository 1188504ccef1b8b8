// What several parts of a plan are decoded with.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/json_node.h"

namespace volt {

constexpr std::uint64_t maximum_integer = (std::uint64_t{1} << 53) - 1; // of JSON as JavaScript reads it
constexpr std::size_t maximum_string = 4096;

/// Decodes every element of the array `node` with `decode_element`.
template <typename Element>
Result<std::vector<Element>> decode_array(const JsonNode& node, std::size_t minimum, std::size_t maximum,
                                          Result<Element> (*decode_element)(const JsonNode&)) {
  TRY(node.expect_array(minimum, maximum));
  std::vector<Element> elements;
  elements.reserve(node.size());
  for (std::size_t index = 0; index < node.size(); ++index)
    elements.push_back(TRY(decode_element(node.at(index))));
  return elements;
}

inline Result<std::uint16_t> address16(const JsonNode& node) {
  return static_cast<std::uint16_t>(TRY(node.address(UINT16_MAX)));
}

inline Result<std::uint32_t> address32(const JsonNode& node) {
  return static_cast<std::uint32_t>(TRY(node.address(UINT32_MAX)));
}

/// Of a device's line: an IOAPIC's pin.
inline Result<std::uint32_t> decode_gsi(const JsonNode& node) {
  return static_cast<std::uint32_t>(TRY(node.integer(0, 23)));
}

} // namespace volt
