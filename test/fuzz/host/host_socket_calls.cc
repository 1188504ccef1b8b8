// As host_calls.cc, for sockets.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "host/host_kernel.h"
#include "host/host_socket.h"

namespace {

using volt::test::answer;
using volt::test::HostCall;
using volt::test::HostKernel;
using volt::test::HostSocket;

HostKernel& kernel() {
  return HostKernel::instance();
}

int type_in(int type) {
  return type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
}

ssize_t receive(int descriptor, std::span<const iovec> to, int flags, HostSocket::Rights* rights) {
  if (const int failure = kernel().failure_of(HostCall::receive)) return answer<ssize_t>(-failure);
  const auto socket = kernel().find<HostSocket>(descriptor);
  return answer(socket ? socket->receive(to, flags, rights) : -ENOTSOCK);
}

ssize_t send(int descriptor, std::span<const iovec> from, HostSocket::Rights rights) {
  if (const int failure = kernel().failure_of(HostCall::send)) return answer<ssize_t>(-failure);
  const auto socket = kernel().find<HostSocket>(descriptor);
  return answer(socket ? socket->send(from, std::move(rights)) : -ENOTSOCK);
}

// An abstract address is its name's bytes.
std::uint32_t name_in(const sockaddr* address) {
  std::uint32_t name = 0;
  std::memcpy(&name, reinterpret_cast<const sockaddr_un*>(address)->sun_path + 1, sizeof name);
  return name;
}

HostSocket::Rights rights_in(const msghdr& message) {
  HostSocket::Rights rights;
  if (message.msg_controllen == 0) return rights;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  rights.push_back(kernel().find(descriptor));
  return rights;
}

void put_rights(msghdr& message, const HostSocket::Rights& rights) {
  if (rights.empty() || message.msg_controllen < CMSG_LEN(sizeof(int))) {
    message.msg_controllen = 0;
    return;
  }
  cmsghdr* const control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  const int descriptor = kernel().open(rights.front());
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  message.msg_controllen = control->cmsg_len;
}

} // namespace

// The names are the linker's.
extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier)
int __wrap_socket(int, int type, int) {
  return kernel().open(std::make_shared<HostSocket>(type_in(type)));
}

int __wrap_socketpair(int, int type, int, int* ends) {
  const auto one = std::make_shared<HostSocket>(type_in(type));
  const auto other = std::make_shared<HostSocket>(type_in(type));
  HostSocket::join(one, other);
  ends[0] = kernel().open(one);
  ends[1] = kernel().open(other);
  return 0;
}

int __wrap_bind(int descriptor, const sockaddr*, socklen_t) {
  kernel().names.emplace(static_cast<std::uint32_t>(descriptor), kernel().find(descriptor));
  return 0;
}

int __wrap_listen(int descriptor, int) {
  return answer(kernel().find<HostSocket>(descriptor)->listen());
}

int __wrap_getsockname(int descriptor, sockaddr* address, socklen_t* size_bytes) {
  const auto socket = kernel().find(descriptor);
  const auto found =
      std::ranges::find_if(kernel().names, [&](const auto& entry) { return entry.second.lock() == socket; });
  if (found == kernel().names.end()) std::abort();
  sockaddr_un& name = *reinterpret_cast<sockaddr_un*>(address);
  name = {};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path + 1, &found->first, sizeof found->first);
  *size_bytes = offsetof(sockaddr_un, sun_path) + 1 + sizeof found->first;
  return 0;
}

int __wrap_connect(int descriptor, const sockaddr* address, socklen_t) {
  const auto found = kernel().names.find(name_in(address));
  const auto listener =
      found == kernel().names.end() ? nullptr : std::dynamic_pointer_cast<HostSocket>(found->second.lock());
  const auto socket = kernel().find<HostSocket>(descriptor);
  return answer(listener ? socket->connect(*listener, socket) : -ECONNREFUSED);
}

int __wrap_accept4(int descriptor, sockaddr*, socklen_t*, int) {
  if (const int failure = kernel().failure_of(HostCall::accept)) return answer(-failure);
  auto client = kernel().find<HostSocket>(descriptor)->accept();
  return client ? kernel().open(std::move(client)) : answer(-EAGAIN);
}

int __wrap_getsockopt(int descriptor, int, int option, void* value, socklen_t*) {
  const auto socket = kernel().find<HostSocket>(descriptor);
  if (!socket) return answer(-ENOTSOCK);
  if (option == SO_PEERNAME) {
    if (!socket->is_connected()) return answer(-ENOTCONN);
    const sa_family_t family = AF_UNIX;
    std::memcpy(value, &family, sizeof family);
    return 0;
  }
  const int result = option == SO_DOMAIN ? AF_UNIX : option == SO_TYPE ? socket->type() : socket->is_listening();
  std::memcpy(value, &result, sizeof result);
  return 0;
}

int __wrap_shutdown(int descriptor, int how) {
  return answer(kernel().find<HostSocket>(descriptor)->shut(how));
}

ssize_t __wrap_recv(int descriptor, void* data, size_t size_bytes, int flags) {
  const iovec to{.iov_base = data, .iov_len = size_bytes};
  return receive(descriptor, {&to, 1}, flags, nullptr);
}

ssize_t __wrap_recvmsg(int descriptor, msghdr* message, int flags) {
  HostSocket::Rights rights;
  const ssize_t count = receive(descriptor, {message->msg_iov, message->msg_iovlen}, flags, &rights);
  message->msg_flags = 0;
  put_rights(*message, rights);
  return count;
}

// SAFETY: a system call only reads from what it writes.
ssize_t __wrap_send(int descriptor, const void* data, size_t size_bytes, int) {
  const iovec from{.iov_base = const_cast<void*>(data), .iov_len = size_bytes};
  return send(descriptor, {&from, 1}, {});
}

ssize_t __wrap_sendmsg(int descriptor, const msghdr* message, int) {
  return send(descriptor, {message->msg_iov, message->msg_iovlen}, rights_in(*message));
}

// Of one socket. Nobody else acts while it waits: what is not ready now will not be.
int __wrap_poll(pollfd* wait, nfds_t, int timeout_milliseconds) {
  const auto socket = kernel().find<HostSocket>(wait->fd);
  const auto wanted = static_cast<std::uint32_t>(wait->events) | EPOLLHUP | EPOLLERR; // POLL* are EPOLL*
  wait->revents = static_cast<short>(socket->ready() & wanted);
  if (wait->revents != 0) return 1;
  kernel().advance(std::chrono::milliseconds(timeout_milliseconds));
  return 0;
}
// NOLINTEND(bugprone-reserved-identifier)

} // extern "C"
