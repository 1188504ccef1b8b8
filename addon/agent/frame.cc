// Kind (1 byte), length (4 bytes, little-endian), payload.
#include "agent/frame.h"

#include <cerrno>
#include <string>

namespace volt::agent {

namespace {

constexpr std::size_t header_bytes = 5;

} // namespace

void append_u16(std::vector<std::uint8_t>& bytes, std::uint16_t number) {
  bytes.push_back(static_cast<std::uint8_t>(number & 0xff));
  bytes.push_back(static_cast<std::uint8_t>(number >> 8));
}

void append_u32(std::vector<std::uint8_t>& bytes, std::uint32_t number) {
  append_u16(bytes, static_cast<std::uint16_t>(number & 0xffff));
  append_u16(bytes, static_cast<std::uint16_t>(number >> 16));
}

std::uint16_t u16_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] | (bytes[offset + 1] << 8));
}

std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(u16_at(bytes, offset)) | static_cast<std::uint32_t>(u16_at(bytes, offset + 2))
                                                                 << 16;
}

void append_frame(std::vector<std::uint8_t>& bytes, Kind kind, std::span<const std::uint8_t> payload) {
  bytes.push_back(static_cast<std::uint8_t>(kind));
  append_u32(bytes, static_cast<std::uint32_t>(payload.size()));
  bytes.insert(bytes.end(), payload.begin(), payload.end());
}

void append_frame(std::vector<std::uint8_t>& bytes, Kind kind, std::string_view payload) {
  // SAFETY: characters may be looked at as bytes.
  append_frame(bytes, kind, std::span(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()));
}

void FrameReader::take(std::span<const std::uint8_t> bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Frame>> FrameReader::next() {
  const auto rest = std::span<const std::uint8_t>(bytes_).subspan(begin_);
  if (rest.size() < header_bytes) return std::optional<Frame>();
  const std::size_t length = u32_at(rest, 1);
  if (length > maximum_payload_bytes) {
    return Error{.host_errno = EPROTO, .message = "a frame of " + std::to_string(length) + " bytes is too long"};
  }
  if (rest.size() - header_bytes < length) return std::optional<Frame>();
  const auto payload = rest.subspan(header_bytes, length);
  begin_ += header_bytes + length;
  return std::optional(Frame{.kind = static_cast<Kind>(rest[0]), .payload = {payload.begin(), payload.end()}});
}

} // namespace volt::agent
