// Frames out of a stream socket: as many a call as there are, into a buffer that never grows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "devices/virtio/stream_frames.h"

namespace volt::virtio {

class StreamReceiver {
public:
  /// The socket stays the caller's.
  explicit StreamReceiver(int socket) : socket_(socket) {}

  /// The next frame, which stays until take(). A length of 0, or above maximum_frame_bytes, is `failed` with EPROTO in
  /// errno, as is each call thereafter; other failures leave errno.
  [[nodiscard]] StreamStatus next(std::span<const std::uint8_t>& frame);
  /// The frame that next() gave is no longer needed.
  void take();
  /// Forgets frames that are there whole. Whether the socket's next byte begins a frame.
  [[nodiscard]] bool is_at_boundary();
  /// Receives no byte behind the frame that is there in part.
  [[nodiscard]] StreamStatus finish_frame();

private:
  static constexpr std::size_t buffer_bytes = 128 << 10;

  /// The frame at the beginning: its bytes with its length, or as much as is known to come; nothing where it is
  /// invalid.
  [[nodiscard]] std::optional<std::size_t> wanted_bytes() const;
  [[nodiscard]] bool has_whole_frame() const;
  [[nodiscard]] StreamStatus receive(std::size_t maximum_bytes);

  const int socket_;
  /// [begin_, end_) is there.
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(buffer_bytes);
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace volt::virtio
