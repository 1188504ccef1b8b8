// Non-blocking sends and receives, whatever the descriptor's own mode is.
#include "devices/virtio/vsock/host_stream.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace volt::virtio {

namespace {

/// The pieces as the kernel wants them, as many as it takes in one call.
std::vector<iovec> vectors_of(const BufferList& list) {
  const auto pieces = list.pieces();
  std::vector<iovec> vectors(std::min<std::size_t>(pieces.size(), IOV_MAX));
  std::ranges::transform(pieces.first(vectors.size()), vectors.begin(), [](std::span<std::uint8_t> piece) {
    return iovec{piece.data(), piece.size()};
  });
  return vectors;
}

} // namespace

const std::uint32_t HostStream::watched_events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

void HostStream::ready(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) may_read_ = true;
  if ((events & EPOLLOUT) != 0) may_write_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) sender_ended_ = true;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) gone_ = true;
}

// What is asked about is what an edge announced, so a count of 0 waits for the next edge.
std::size_t HostStream::readable_bytes() {
  if (!may_read_ || stopped_reading_) return 0;
  int bytes = 0;
  if (ioctl(socket_.get(), FIONREAD, &bytes) == 0 && bytes > 0) return static_cast<std::size_t>(bytes);
  may_read_ = false;
  return 0;
}

std::size_t HostStream::read(const BufferList& to) {
  auto vectors = vectors_of(to);
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  const ssize_t count = recvmsg(socket_.get(), &message, MSG_DONTWAIT);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool HostStream::has_ended() {
  return sender_ended_ && readable_bytes() == 0;
}

void HostStream::stop_reading() {
  if (stopped_reading_) return;
  stopped_reading_ = true;
  shutdown(socket_.get(), SHUT_RD);
}

std::size_t HostStream::write(const BufferList& from) {
  std::size_t taken = 0;
  if (is_flushed() && may_write_ && !gone_) {
    auto vectors = vectors_of(from);
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    const ssize_t count = sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) taken = static_cast<std::size_t>(count);
  }
  const BufferList rest = from.slice(taken, from.size_bytes() - taken);
  for (const std::span<std::uint8_t>& piece : rest.pieces())
    kept_.insert(kept_.end(), piece.begin(), piece.end());
  return taken + flush();
}

void HostStream::greet(std::string_view line) {
  static_cast<void>(send(socket_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

std::size_t HostStream::flush() {
  const std::size_t before = kept_bytes();
  while (!is_flushed() && may_write_ && !gone_)
    send_kept();
  if (gone_) {
    lost_bytes_ += kept_bytes();
    kept_sent_ = kept_.size();
  }
  const std::size_t taken = before - kept_bytes();
  if (kept_sent_ >= kept_.size() / 2) { // so that it stays short however long it is never empty
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(kept_sent_));
    kept_sent_ = 0;
  }
  return taken;
}

void HostStream::send_kept() {
  const auto rest = std::span(kept_).subspan(kept_sent_);
  const ssize_t count = send(socket_.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count >= 0) {
    kept_sent_ += static_cast<std::size_t>(count);
  } else if (errno == EAGAIN) {
    may_write_ = false; // until the next edge
  } else if (errno != EINTR) {
    gone_ = true;
  }
}

void HostStream::stop_writing() {
  if (stopped_writing_) return;
  stopped_writing_ = true;
  shutdown(socket_.get(), SHUT_WR);
}

} // namespace volt::virtio
