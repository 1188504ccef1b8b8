// connect(2), cmsg(3).
#include "base/unix_socket.h"

#include <cassert>
#include <cerrno>
#include <cstring>

namespace volt {

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  assert(path.size() < sizeof address.sun_path);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<FileDescriptor> connect_unix(const std::string& path, int flags, timeval patience) {
  FileDescriptor stream(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!stream.valid()) return host_error(errno, "create a socket");
  setsockopt(stream.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(stream.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const sockaddr_un address = unix_address(path);
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (connect(stream.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return host_error(errno, "connect to " + path);
  return stream;
}

int check_unix_stream(int descriptor) {
  int type = 0;
  socklen_t type_bytes = sizeof type;
  // Of the peer's address its family, which is all that one without a name has; not getpeername(), which would be one
  // system call more for the sandbox to allow.
  sa_family_t family = AF_UNSPEC;
  socklen_t family_bytes = sizeof family;
  const bool has_peer = getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &type_bytes) == 0 &&
                        getsockopt(descriptor, SOL_SOCKET, SO_PEERNAME, &family, &family_bytes) == 0;
  if (!has_peer) return errno;
  return type == SOCK_STREAM && family == AF_UNIX ? 0 : EPROTOTYPE;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void take_descriptors(msghdr& message, std::vector<FileDescriptor>& taken) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t index = 0; index < count; ++index) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + index * sizeof descriptor, sizeof descriptor);
      taken.emplace_back(descriptor);
    }
  }
}

} // namespace volt
