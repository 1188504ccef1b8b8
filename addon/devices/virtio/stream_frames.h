// How frames are told apart on a stream: each behind its length in 4 bytes, big-endian, as passt and QEMU's
// `-netdev stream` do.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace volt::virtio {

constexpr std::size_t length_bytes = 4;
using FrameLength = std::array<std::uint8_t, length_bytes>;

constexpr FrameLength length_before(std::uint32_t frame_bytes) {
  return {static_cast<std::uint8_t>(frame_bytes >> 24), static_cast<std::uint8_t>(frame_bytes >> 16),
          static_cast<std::uint8_t>(frame_bytes >> 8), static_cast<std::uint8_t>(frame_bytes)};
}

/// `bytes` has length_bytes or more.
constexpr std::uint32_t length_in(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

/// How a stream is at present.
enum class StreamStatus { ready, blocked, ended, failed };

} // namespace volt::virtio
