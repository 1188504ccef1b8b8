// Hexadecimal and base64.
#include "base/encoding.h"

#include <charconv>

namespace volt {

std::optional<std::uint64_t> parse_address(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  const std::string_view digits = text.substr(2);
  if (digits.empty() || digits.size() > 16 || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

std::string format_address(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return "0x" + std::string(digits, end);
}

namespace {

std::optional<std::uint32_t> base64_digit(char digit) {
  if (digit >= 'A' && digit <= 'Z') return static_cast<std::uint32_t>(digit - 'A');
  if (digit >= 'a' && digit <= 'z') return static_cast<std::uint32_t>(digit - 'a' + 26);
  if (digit >= '0' && digit <= '9') return static_cast<std::uint32_t>(digit - '0' + 52);
  if (digit == '+') return 62;
  if (digit == '/') return 63;
  return std::nullopt;
}

} // namespace

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const char character : text) {
    const auto digit = base64_digit(character);
    if (!digit) return std::nullopt;
    bits = (bits << 6 | *digit) & 0xffffU;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> bit_count));
  }
  const bool has_stray_bits = (bits & ((1U << bit_count) - 1)) != 0;
  if (bit_count != padding * 2 || has_stray_bits) return std::nullopt;
  return bytes;
}

std::string format_bytes(std::span<const std::uint8_t> bytes, std::string_view separator) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += separator;
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  for (const char character : text.substr(0, limit)) {
    const auto byte = static_cast<std::uint8_t>(character);
    const bool is_control = byte < 0x20 || byte == 0x7f;
    shown += is_control ? "\\x" + format_bytes({&byte, 1}, "") : std::string(1, character);
  }
  return text.size() > limit ? shown + "..." : shown;
}

} // namespace volt
