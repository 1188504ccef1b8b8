// Values of options: numbers, and numbers of open descriptors.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "base/result.h"

namespace volt {

template <typename Number>
[[nodiscard]] Result<Number> number_of(std::string_view option, std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc() && end == text.data() + text.size()) return value;
  return Error{.message = std::string(option) + " takes a number, not " + std::string(text)};
}

/// Of an open descriptor.
[[nodiscard]] Result<int> open_number(std::string_view option, std::string_view text);

} // namespace volt
