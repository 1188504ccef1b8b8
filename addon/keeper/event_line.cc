// RFC 8259.
#include "keeper/event_line.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "base/present_time.h"

namespace volt {

namespace {

/// Length in bytes of the well-formed sequence (RFC 3629) at the beginning; 0 where there is none.
std::size_t sequence_bytes(std::string_view text) {
  const auto at = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t first = at(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                                                             : 4;
  if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t index = 1; index < length; ++index) {
    if ((at(index) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is beyond U+10FFFF.
  if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return 0;
  if ((first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return 0;
  return length;
}

} // namespace

EventLine::EventLine(std::string_view event)
    : line_(R"({"formatVersion":1,"event":)" + json_string(event) + R"(,"time":")" + present_time() + '"') {}

EventLine& EventLine::add(std::string_view name, std::string_view text) {
  line_ += ',' + json_string(name) + ':' + json_string(text);
  return *this;
}

EventLine& EventLine::add(std::string_view name, long number) {
  line_ += ',' + json_string(name) + ':' + std::to_string(number);
  return *this;
}

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = sequence_bytes(text);
    const char first = text.front();
    if (length == 0 || static_cast<std::uint8_t>(first) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<std::uint8_t>(first));
      quoted += escape.data();
    } else {
      if (first == '"' || first == '\\') quoted += '\\';
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + '"';
}

} // namespace volt
