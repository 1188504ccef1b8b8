// Frames of the agent's protocol (docs/agent.md): a kind, a length, that many bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace volt::agent {

constexpr std::uint16_t protocol_version = 1;
/// Of one frame's payload; a longer one is a mistake of the peer's.
constexpr std::size_t maximum_payload_bytes = 64 * 1024;
/// Input that the client may send ahead of what the command has read.
constexpr std::size_t input_window_bytes = 256 * 1024;

enum class Kind : std::uint8_t {
  // From the client.
  argument = 1,
  variable = 2,
  directory = 3,
  terminal = 4,
  run = 5,
  input = 6,
  input_end = 7,
  signal = 8,
  resize = 9,
  // From the agent.
  hello = 65,
  output = 66,
  error_output = 67,
  input_taken = 68,
  exited = 69,
  killed = 70,
  failed = 71,
};

struct Frame {
  Kind kind{};
  std::vector<std::uint8_t> payload;
};

/// Appends a frame. `payload` has at most maximum_payload_bytes.
void append_frame(std::vector<std::uint8_t>& bytes, Kind kind, std::span<const std::uint8_t> payload);
void append_frame(std::vector<std::uint8_t>& bytes, Kind kind, std::string_view payload);

/// Little-endian, appended.
void append_u16(std::vector<std::uint8_t>& bytes, std::uint16_t number);
void append_u32(std::vector<std::uint8_t>& bytes, std::uint32_t number);
/// Little-endian at `offset`, which with the number lies inside.
[[nodiscard]] std::uint16_t u16_at(std::span<const std::uint8_t> bytes, std::size_t offset);
[[nodiscard]] std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t offset);

/// Cuts a stream into frames; keeps one frame at most and what came behind it.
class FrameReader {
public:
  void take(std::span<const std::uint8_t> bytes);
  /// The next whole frame, or nothing yet. An Error where its length is above the maximum; nothing comes after that.
  [[nodiscard]] Result<std::optional<Frame>> next();

private:
  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;
};

} // namespace volt::agent
