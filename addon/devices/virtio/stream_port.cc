// What becomes of a stream that blocks, ends or fails.
#include "devices/virtio/stream_port.h"

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>

#include "base/unix_socket.h"

namespace volt::virtio {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds patience_at_end{100};

} // namespace

PortStatus StreamPort::status_of(StreamStatus status) {
  switch (status) {
  case StreamStatus::ready:
    return PortStatus::ready;
  case StreamStatus::blocked:
    return PortStatus::blocked;
  case StreamStatus::ended:
    return broken("the peer closed the stream");
  case StreamStatus::failed:
    break;
  }
  return broken(errno == EPROTO ? "the stream has a frame of an impossible length"
                                : host_error(errno, "use the stream").message);
}

NetPort::Sent StreamPort::send(std::span<const OutgoingFrame> frames) {
  Sent sent;
  sent.status = status_of(sender_.send(frames, sent.frames));
  return sent;
}

PortStatus StreamPort::receive(const ReceiveBuffers&, Arrival& arrival) {
  arrival = {};
  return status_of(receiver_.next(arrival.rest));
}

StreamPort::~StreamPort() {
  if (!finish_frames()) ::shutdown(socket_.get(), SHUT_RDWR);
}

bool StreamPort::finish_frames() {
  if (!problem().empty()) return false;
  const auto end = Clock::now() + patience_at_end;
  for (;;) {
    const bool has_to_receive = !receiver_.is_at_boundary();
    const bool has_to_send = !sender_.is_at_boundary();
    if (!has_to_receive && !has_to_send) return true;
    pollfd wait{.fd = socket_.get(), .events = 0, .revents = 0};
    if (has_to_receive) wait.events |= POLLIN;
    if (has_to_send) wait.events |= POLLOUT;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    if (has_to_receive && status_of(receiver_.finish_frame()) == PortStatus::broken) return false;
    if (has_to_send && status_of(sender_.send_given_up()) == PortStatus::broken) return false;
  }
}

Result<std::unique_ptr<StreamBackend>> StreamBackend::create(FileDescriptor socket) {
  if (const int unfit = check_unix_stream(socket.get()); unfit != 0) {
    Error error = host_error(unfit, "use descriptor " + std::to_string(socket.get()) + " as a stream of frames");
    error.hint = "hand over a connected Unix stream socket, such as the other end of passt --fd";
    return error;
  }
  return std::unique_ptr<StreamBackend>(new StreamBackend(std::move(socket)));
}

} // namespace volt::virtio
