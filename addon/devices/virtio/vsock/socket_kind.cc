// getsockopt(2).
#include "devices/virtio/vsock/socket_kind.h"

#include <sys/socket.h>

namespace volt::virtio {

namespace {

/// -1 where the descriptor is no socket.
int option_of(int descriptor, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

} // namespace

bool is_unix_socket(int descriptor, int type) {
  return option_of(descriptor, SO_DOMAIN) == AF_UNIX && option_of(descriptor, SO_TYPE) == type;
}

bool is_stream_socket(int descriptor) {
  return option_of(descriptor, SO_TYPE) == SOCK_STREAM;
}

bool is_listening(int descriptor) {
  return option_of(descriptor, SO_ACCEPTCONN) == 1;
}

} // namespace volt::virtio
