// What a launcher asks of a segment: a line of JSON, answered by a line of JSON that may bring descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace volt {

/// As the schema of plans has it.
constexpr std::size_t maximum_segment_queues = 16;

/// A machine wants a tap.
struct JoinRequest {
  std::string name;
  /// In lower case.
  std::string mac;
  /// The address that its name stands for; another one where that is taken.
  std::uint32_t address = 0;
  std::uint16_t queues = 1;
  std::uint32_t mtu = 1500;
};

/// The project is gone: the segment ends, if it has no taps.
struct EndRequest {};

using SegmentRequest = std::variant<JoinRequest, EndRequest>;

/// What is longer is no request.
constexpr std::size_t maximum_segment_request_bytes = 1024;

/// `line` without its newline.
[[nodiscard]] Result<SegmentRequest> parse_segment_request(std::string_view line);

/// A line with its newline: `{"formatVersion":1,"ok":true,"address":"10.128.0.7"}`; without the address where it is 0.
[[nodiscard]] std::string segment_answer(std::uint32_t address = 0);
/// `{"formatVersion":1,"ok":false,"message":…}`, with `errno` and `hint` where there are any.
[[nodiscard]] std::string segment_refusal(const Error& error);

} // namespace volt
