// accept(2), one line each, and a clock for those that are slow.
#include "devices/virtio/vsock/listener.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "devices/virtio/vsock/connect_line.h"
#include "devices/virtio/vsock/socket_kind.h"

namespace volt::virtio {

namespace {

Result<void> check_listening(int descriptor) {
  if (!is_unix_socket(descriptor, SOCK_STREAM) || !is_listening(descriptor))
    return Error{.message = "the descriptor for connections to the guest is no listening Unix stream socket"};
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0)
    return host_error(errno, "make the socket for connections to the guest non-blocking");
  return {};
}

} // namespace

Result<std::unique_ptr<VsockListener>> VsockListener::create(FileDescriptor socket, EventLoop& loop, Limits limits,
                                                             Accepted accepted) {
  TRY(check_listening(socket.get()));
  std::unique_ptr<VsockListener> listener(new VsockListener(std::move(socket), loop, limits, std::move(accepted)));
  TRY(loop.watch(listener->socket_.get(), EPOLLIN,
                 [raw = listener.get()](std::uint32_t events) { raw->on_ready(events); }));
  return listener;
}

VsockListener::~VsockListener() {
  while (!handshakes_.empty())
    end(handshakes_.begin()->first);
  if (retry_) loop_.cancel_timer(*retry_);
  loop_.unwatch(socket_.get());
}

// A socket that was shut down listens no more and would report that for ever.
void VsockListener::on_ready(std::uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) == 0) return accept_clients();
  loop_.unwatch(socket_.get());
  is_watched_ = false;
}

void VsockListener::accept_clients() {
  while (handshakes_.size() < limits_.handshakes && !retry_) {
    if (!accept_one()) return;
  }
  set_accepting(false);
}

bool VsockListener::accept_one() {
  FileDescriptor stream(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (stream.valid()) {
    begin(std::move(stream));
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR && errno != ECONNABORTED) {
    retry_later(); // out of descriptors or memory
  }
  return true;
}

void VsockListener::retry_later() {
  retry_ = loop_.set_timer(EventLoop::Clock::now() + limits_.retry_pause, [this] {
    retry_.reset();
    set_accepting(true);
  });
}

void VsockListener::set_accepting(bool accepting) {
  if (accepting == accepting_ || !is_watched_) return;
  accepting_ = accepting;
  static_cast<void>(
      loop_.change_watch(socket_.get(), accepting ? std::uint32_t{EPOLLIN} : 0U)); // only a bad descriptor fails here
}

void VsockListener::begin(FileDescriptor stream) {
  const std::uint64_t id = ++last_handshake_;
  const auto watched = loop_.watch(stream.get(), EPOLLIN | EPOLLRDHUP | EPOLLET,
                                   [this, id](std::uint32_t events) { on_line(id, events); });
  if (!watched.ok()) return; // closes the client
  const auto timeout = loop_.set_timer(EventLoop::Clock::now() + limits_.line_timeout, [this, id] { end(id); });
  handshakes_.emplace(id, Handshake{std::move(stream), timeout});
}

// Only peeks until the line is whole: what comes behind it is not ours.
void VsockListener::on_line(std::uint64_t id, std::uint32_t events) {
  const int descriptor = handshakes_.at(id).stream.get();
  std::array<char, maximum_connect_line_bytes> bytes{};
  const ssize_t count = recv(descriptor, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    end(id);
    return;
  }
  const auto parsed = parse_connect_line({bytes.data(), static_cast<std::size_t>(count)});
  if (std::holds_alternative<IncompleteLine>(parsed) && (events & EPOLLRDHUP) == 0) return;
  FileDescriptor stream = end(id);
  const auto* line = std::get_if<ConnectLine>(&parsed);
  if (line == nullptr) return;                                                       // closes the client
  static_cast<void>(recv(descriptor, bytes.data(), line->size_bytes, MSG_DONTWAIT)); // was there a moment ago
  accepted_(std::move(stream), line->port);
}

FileDescriptor VsockListener::end(std::uint64_t id) {
  auto node = handshakes_.extract(id);
  Handshake& handshake = node.mapped();
  loop_.unwatch(handshake.stream.get());
  loop_.cancel_timer(handshake.timeout);
  if (!retry_) set_accepting(true);
  return std::move(handshake.stream);
}

} // namespace volt::virtio
