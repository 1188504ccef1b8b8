// The spellings of numbers and bytes in plans and events: hexadecimal and base64.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace volt {

/// `0x` and 1 to 16 lower-case digits without leading zeros; nothing for any other spelling.
[[nodiscard]] std::optional<std::uint64_t> parse_address(std::string_view text);

/// The spelling that parse_address() reads.
[[nodiscard]] std::string format_address(std::uint64_t value);

/// RFC 4648 base64 with padding and zero trailing bits; nothing for anything else.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

/// Two lower-case digits a byte, with `separator` between bytes.
[[nodiscard]] std::string format_bytes(std::span<const std::uint8_t> bytes, std::string_view separator);

/// Text of unknown origin for a terminal: control characters as `\xNN`, and no more than `limit` bytes of it, with
/// `...` behind what was cut.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit);

} // namespace volt
