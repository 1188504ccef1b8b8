// Filling the buffer, and finding frames in it.
#include "devices/virtio/stream_receiver.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

#include "devices/virtio/net_layout.h"

namespace volt::virtio {

std::optional<std::size_t> StreamReceiver::wanted_bytes() const {
  if (end_ - begin_ < length_bytes) return length_bytes;
  const std::uint32_t length = length_in(std::span(buffer_).subspan(begin_));
  if (length == 0 || length > maximum_frame_bytes) return std::nullopt;
  return length_bytes + length;
}

bool StreamReceiver::has_whole_frame() const {
  const auto wanted = wanted_bytes();
  return wanted && *wanted > length_bytes && end_ - begin_ >= *wanted;
}

StreamStatus StreamReceiver::receive(std::size_t maximum_bytes) {
  static_assert(buffer_bytes > length_bytes + maximum_frame_bytes);
  // To the front, so that there is room for the frame.
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  const auto room = std::span(buffer_).subspan(end_);
  ssize_t result = 0;
  do {
    result = recv(socket_, room.data(), std::min(room.size(), maximum_bytes), MSG_DONTWAIT);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno == EAGAIN ? StreamStatus::blocked : StreamStatus::failed;
  if (result == 0) return StreamStatus::ended;
  end_ += static_cast<std::size_t>(result);
  return StreamStatus::ready;
}

StreamStatus StreamReceiver::next(std::span<const std::uint8_t>& frame) {
  while (!has_whole_frame()) {
    if (!wanted_bytes()) {
      errno = EPROTO;
      return StreamStatus::failed;
    }
    if (const StreamStatus status = receive(buffer_bytes); status != StreamStatus::ready) return status;
  }
  frame = std::span(buffer_).subspan(begin_ + length_bytes, *wanted_bytes() - length_bytes);
  return StreamStatus::ready;
}

void StreamReceiver::take() {
  begin_ += *wanted_bytes();
}

bool StreamReceiver::is_at_boundary() {
  while (has_whole_frame())
    take();
  return begin_ == end_;
}

StreamStatus StreamReceiver::finish_frame() {
  const auto wanted = wanted_bytes();
  if (!wanted) {
    errno = EPROTO;
    return StreamStatus::failed;
  }
  return receive(*wanted - (end_ - begin_));
}

} // namespace volt::virtio
