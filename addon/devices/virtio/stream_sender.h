// Frames into a stream socket: several a call, straight from guest memory.
#pragma once

#include <span>
#include <vector>

#include "devices/virtio/io_vectors.h"
#include "devices/virtio/net_frame.h"
#include "devices/virtio/stream_frames.h"

namespace volt::virtio {

class StreamSender {
public:
  /// The socket stays the caller's.
  explicit StreamSender(int socket) : socket_(socket) {}

  /// Sends what the socket takes and counts in `done` the frames from the first on that it took whole. The first one
  /// that it did not has to be the first of the next call, or to be given up. `failed` leaves errno.
  [[nodiscard]] StreamStatus send(std::span<const OutgoingFrame> frames, std::size_t& done);
  /// Copies what is left to send of a frame that does not come again; send_given_up() and send() go on with that.
  void give_up(const OutgoingFrame& first);
  [[nodiscard]] StreamStatus send_given_up();
  /// Whether no frame is half sent.
  [[nodiscard]] bool is_at_boundary() const { return sent_bytes_ == 0 && given_up_.empty(); }

private:
  void gather(std::span<const OutgoingFrame> frames);
  void append(std::span<const std::uint8_t> piece, std::size_t& skipped);
  [[nodiscard]] StreamStatus send_vectors(std::size_t& count);

  const int socket_;
  IoVectors vectors_;
  std::vector<FrameLength> lengths_;
  /// Of the first frame of the next call, its length included.
  std::size_t sent_bytes_ = 0;
  std::vector<std::uint8_t> given_up_;
};

} // namespace volt::virtio
