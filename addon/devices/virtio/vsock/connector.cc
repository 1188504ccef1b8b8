// Requests out, descriptors in.
#include "devices/virtio/vsock/connector.h"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/unix_socket.h"
#include "devices/virtio/rng_device.h"
#include "devices/virtio/vsock/socket_kind.h"

namespace volt::virtio {

namespace {

constexpr unsigned answers_a_round = 16;

/// The first descriptor that came with a message; all others are closed.
FileDescriptor take_descriptor(msghdr& message) {
  std::vector<FileDescriptor> taken;
  take_descriptors(message, taken);
  return taken.empty() ? FileDescriptor() : std::move(taken.front());
}

} // namespace

Result<std::unique_ptr<VsockConnector>> VsockConnector::create(FileDescriptor socket, EventLoop& loop,
                                                               Answered answered) {
  if (!is_unix_socket(socket.get(), SOCK_SEQPACKET))
    return Error{.message = "the descriptor for connections to the host is no Unix socket of type SOCK_SEQPACKET"};
  std::unique_ptr<VsockConnector> connector(new VsockConnector(std::move(socket), loop, std::move(answered)));
  TRY(loop.watch(connector->socket_.get(), EPOLLIN,
                 [raw = connector.get()](std::uint32_t events) { raw->on_ready(events); }));
  return connector;
}

// The broker's socket serves one boot after the other: an answer to the last one's must not be taken for ours.
VsockConnector::VsockConnector(FileDescriptor socket, EventLoop& loop, Answered answered)
    : socket_(std::move(socket)), loop_(loop), answered_(std::move(answered)) {
  // SAFETY: a number filled as bytes.
  static_cast<void>(fill_from_kernel({reinterpret_cast<std::uint8_t*>(&last_id_), sizeof last_id_}));
}

VsockConnector::~VsockConnector() {
  loop_.unwatch(socket_.get());
}

std::optional<std::uint32_t> VsockConnector::request(std::uint32_t port) {
  if (is_gone_) return std::nullopt;
  const ConnectRequest request{.id = ++last_id_, .port = port};
  unsent_.push_back(request);
  waiting_.insert(request.id);
  send_unsent();
  return request.id;
}

void VsockConnector::forget(std::uint32_t id) {
  waiting_.erase(id);
  std::erase_if(unsent_, [id](const ConnectRequest& request) { return request.id == id; });
}

void VsockConnector::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) send_unsent();
  for (unsigned count = 0; count < answers_a_round && !is_gone_; ++count) {
    if (!receive_one()) return;
  }
}

void VsockConnector::send_unsent() {
  while (!unsent_.empty()) {
    const ConnectRequest& request = unsent_.front();
    const ssize_t count = send(socket_.get(), &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break; // a broker that is gone shows when its socket is read
    unsent_.pop_front();
  }
  if (std::exchange(waits_for_room_, !unsent_.empty()) == !unsent_.empty()) return;
  static_cast<void>(loop_.change_watch(socket_.get(), waits_for_room_ ? EPOLLIN | EPOLLOUT : std::uint32_t{EPOLLIN}));
}

bool VsockConnector::receive_one() {
  ConnectAnswer answer;
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(int))];
  iovec vector{&answer, sizeof answer};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  FileDescriptor stream = count < 0 ? FileDescriptor() : take_descriptor(message);
  if (count != sizeof answer || (message.msg_flags & MSG_TRUNC) != 0) {
    give_up(); // gone, or speaks something else
    return false;
  }
  take_answer(answer, std::move(stream));
  return true;
}

void VsockConnector::take_answer(const ConnectAnswer& answer, FileDescriptor stream) {
  if (waiting_.erase(answer.id) == 0) return;
  const bool is_stream = stream.valid() && is_stream_socket(stream.get());
  answered_(answer.id, answer.host_errno == 0 && is_stream ? std::move(stream) : FileDescriptor());
}

void VsockConnector::give_up() {
  is_gone_ = true;
  loop_.unwatch(socket_.get());
  unsent_.clear();
  for (const std::uint32_t id : std::exchange(waiting_, {}))
    answered_(id, FileDescriptor());
}

} // namespace volt::virtio
