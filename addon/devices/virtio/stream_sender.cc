// Gathering, sending, and where a call ended.
#include "devices/virtio/stream_sender.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace volt::virtio {

StreamStatus StreamSender::send_vectors(std::size_t& count) {
  msghdr message{};
  message.msg_iov = vectors_.data();
  message.msg_iovlen = static_cast<std::size_t>(vectors_.count());
  ssize_t result = 0;
  do {
    result = sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno == EAGAIN ? StreamStatus::blocked : StreamStatus::failed;
  count = static_cast<std::size_t>(result);
  return StreamStatus::ready;
}

void StreamSender::append(std::span<const std::uint8_t> piece, std::size_t& skipped) {
  const std::size_t before = std::min(skipped, piece.size());
  skipped -= before;
  piece = piece.subspan(before);
  if (!piece.empty() && vectors_.room() > 0) vectors_.append(piece);
}

// A frame that does not fit in whole is the last: the socket takes no more than its beginning then.
void StreamSender::gather(std::span<const OutgoingFrame> frames) {
  vectors_.clear();
  std::size_t skipped = sent_bytes_;
  for (std::size_t index = 0; index < frames.size() && vectors_.room() > 0; ++index) {
    const OutgoingFrame& frame = frames[index];
    lengths_[index] = length_before(static_cast<std::uint32_t>(frame.size_bytes()));
    append(lengths_[index], skipped);
    append(frame.ethernet, skipped);
    for (const std::span<std::uint8_t>& piece : frame.rest.pieces())
      append(piece, skipped);
  }
}

StreamStatus StreamSender::send(std::span<const OutgoingFrame> frames, std::size_t& done) {
  done = 0;
  if (const StreamStatus status = send_given_up(); status != StreamStatus::ready) return status;
  lengths_.resize(std::max(lengths_.size(), frames.size()));
  while (done < frames.size()) {
    gather(frames.subspan(done));
    std::size_t count = 0;
    if (const StreamStatus status = send_vectors(count); status != StreamStatus::ready) return status;
    sent_bytes_ += count;
    while (done < frames.size() && sent_bytes_ >= length_bytes + frames[done].size_bytes())
      sent_bytes_ -= length_bytes + frames[done++].size_bytes();
  }
  return StreamStatus::ready;
}

void StreamSender::give_up(const OutgoingFrame& first) {
  if (sent_bytes_ == 0) return;
  const FrameLength length = length_before(static_cast<std::uint32_t>(first.size_bytes()));
  std::vector<std::uint8_t> whole(length_bytes + first.size_bytes());
  const auto behind = std::ranges::copy(first.ethernet, std::ranges::copy(length, whole.begin()).out).out;
  static_cast<void>(first.rest.read(0, {behind, whole.end()}));
  given_up_.assign(whole.begin() + static_cast<std::ptrdiff_t>(sent_bytes_), whole.end());
  sent_bytes_ = 0;
}

StreamStatus StreamSender::send_given_up() {
  while (!given_up_.empty()) {
    vectors_.clear();
    vectors_.append(given_up_);
    std::size_t count = 0;
    if (const StreamStatus status = send_vectors(count); status != StreamStatus::ready) return status;
    given_up_.erase(given_up_.begin(), given_up_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return StreamStatus::ready;
}

} // namespace volt::virtio
