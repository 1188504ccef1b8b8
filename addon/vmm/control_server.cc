// Sockets that never block.
#include "vmm/control_server.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/unix_socket.h"
#include "vmm/control_desk.h"

namespace volt {

namespace {

constexpr std::chrono::milliseconds retry_pause{1000};

} // namespace

ControlServer::~ControlServer() {
  if (loop_ != nullptr) loop_->stop();
}

Result<void> ControlServer::start(int listener) {
  listener_ = TRY(FileDescriptor::duplicate(listener));
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  if (getsockopt(listener_.get(), SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0)
    return host_error(errno, "use the control socket");
  if (is_listening == 0) return host_error(EINVAL, "use the control socket, which does not listen");
  if (fcntl(listener_.get(), F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "use the control socket");
  loop_ = TRY(virtio::EventLoop::create());
  TRY(loop_->watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_connections(); }));
  // Out of memory one answer is lost, and the next may be given.
  return loop_->start("control", [](const Error&) {});
}

void ControlServer::accept_connections() {
  while (connections_.size() < maximum_connections) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) {
      if (!would_block() && errno != ECONNABORTED) pause_accepting(true);
      return;
    }
    const int descriptor = socket.get();
    const auto watched =
        loop_->watch(descriptor, EPOLLIN, [this, descriptor](std::uint32_t events) { serve(descriptor, events); });
    if (watched.ok()) connections_.emplace(descriptor, Connection{std::move(socket), {}, {}});
  }
  pause_accepting(false);
}

/// Without descriptors or memory for a connection the listener would stay readable: it is looked at again later.
void ControlServer::pause_accepting(bool until_later) {
  is_accepting_ = false;
  static_cast<void>(loop_->change_watch(listener_.get(), 0));
  if (!until_later) return;
  static_cast<void>(loop_->set_timer(virtio::EventLoop::Clock::now() + retry_pause, [this] {
    is_accepting_ = true;
    static_cast<void>(loop_->change_watch(listener_.get(), EPOLLIN));
  }));
}

void ControlServer::serve(int descriptor, std::uint32_t events) {
  Connection& connection = connections_.at(descriptor);
  bool goes_on = send_output(connection);
  if (goes_on && connection.output.empty() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
    goes_on = receive(connection);
  goes_on = goes_on && answer_lines(connection) && !(connection.is_ending && connection.output.empty());
  if (!goes_on) return close(descriptor);
  // Who does not read is not listened to.
  static_cast<void>(loop_->change_watch(descriptor, connection.output.empty() ? EPOLLIN : EPOLLOUT));
}

bool ControlServer::receive(Connection& connection) {
  std::array<char, maximum_line_bytes> chunk;
  const ssize_t count = recv(connection.socket.get(), chunk.data(), chunk.size(), 0);
  if (count <= 0) return count < 0 && would_block();
  connection.input.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

bool ControlServer::answer_lines(Connection& connection) {
  while (connection.output.empty() && !connection.is_ending) {
    const std::size_t end = connection.input.find('\n');
    if (end <= maximum_line_bytes) {
      connection.output = answer_(std::string_view(connection.input).substr(0, end)) + '\n';
      connection.input.erase(0, end + 1);
    } else if (end != std::string::npos || connection.input.size() > maximum_line_bytes) {
      connection.output = refusal("REQUEST_INVALID", "a request is one line of at most 4096 bytes") + '\n';
      connection.is_ending = true;
    } else {
      return true;
    }
    if (!send_output(connection)) return false;
  }
  return true;
}

bool ControlServer::send_output(Connection& connection) {
  while (!connection.output.empty()) {
    const ssize_t count =
        send(connection.socket.get(), connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
    if (count < 0) return would_block();
    connection.output.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

void ControlServer::close(int descriptor) {
  loop_->unwatch(descriptor);
  connections_.erase(descriptor);
  if (is_accepting_) return;
  is_accepting_ = true;
  static_cast<void>(loop_->change_watch(listener_.get(), EPOLLIN));
}

} // namespace volt
