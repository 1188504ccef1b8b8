// readv(2) and writev(2) on a tap queue, and what its errors mean.
#include "devices/virtio/tap_port.h"

#include <algorithm>
#include <cerrno>
#include <sys/uio.h>

#include "base/error.h"

namespace volt::virtio {

namespace {

constexpr std::size_t header_bytes = sizeof(virtio_net_hdr_v1);

// SAFETY: a trivially copyable structure seen as bytes.
std::span<const std::uint8_t> bytes_of(const virtio_net_hdr_v1& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), header_bytes};
}

/// The interface is gone (EBADFD; EFAULT where it went meanwhile), or whatever stands in for one.
bool is_final(int error) {
  return error == EBADFD || error == EFAULT || error == EPIPE || error == ECONNRESET || error == ECONNREFUSED;
}

} // namespace

ssize_t TapPort::write(const OutgoingFrame& frame) {
  vectors_.clear();
  vectors_.append(bytes_of(frame.header));
  vectors_.append(frame.ethernet);
  if (frame.rest.pieces().size() <= vectors_.room()) {
    for (const std::span<std::uint8_t>& piece : frame.rest.pieces())
      vectors_.append(piece);
  } else {
    joined_.resize(frame.rest.size_bytes());
    static_cast<void>(frame.rest.read(0, joined_));
    vectors_.append(joined_);
  }
  ssize_t count = 0;
  do {
    count = ::writev(descriptor_.get(), vectors_.data(), vectors_.count());
  } while (count < 0 && errno == EINTR);
  return count;
}

// Other errors are about the frame (EINVAL) or about an interface that is down (EIO): it is lost, as on a cable.
NetPort::Sent TapPort::send(std::span<const OutgoingFrame> frames) {
  Sent sent;
  for (const OutgoingFrame& frame : frames) {
    if (write(frame) < 0) {
      if (errno == EAGAIN) {
        sent.status = PortStatus::blocked;
        return sent;
      }
      if (is_final(errno)) {
        sent.status = broken(host_error(errno, "send to the tap interface").message);
        return sent;
      }
      ++sent.refused;
    }
    ++sent.frames;
  }
  return sent;
}

PortStatus TapPort::receive(const ReceiveBuffers& buffers, Arrival& arrival) {
  vectors_.clear();
  vectors_.append(bytes_of(arrival.header));
  buffers.append_room(header_bytes, vectors_, 1);
  const std::size_t in_place = vectors_.size_bytes() - header_bytes;
  vectors_.append(spill_);
  ssize_t count = 0;
  do {
    count = ::readv(descriptor_.get(), vectors_.data(), vectors_.count());
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return PortStatus::blocked;
  if (count < 0) return broken(host_error(errno, "receive from the tap interface").message);
  const auto size = static_cast<std::size_t>(count);
  if (size < header_bytes) return broken("the tap interface gave a frame without its header");
  arrival.bytes_in_place = std::min(size - header_bytes, in_place);
  arrival.rest = std::span(spill_).first(size - header_bytes - arrival.bytes_in_place);
  return PortStatus::ready;
}

} // namespace volt::virtio
