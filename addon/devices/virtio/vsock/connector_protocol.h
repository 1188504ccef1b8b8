// What goes between a vsock device and the broker that opens sockets for it: one message a SOCK_SEQPACKET packet.
#pragma once

#include <cstdint>

namespace volt::virtio {

/// From the device: connect to what listens for a port of the host.
struct ConnectRequest {
  /// Chosen by the device, for the answer.
  std::uint32_t id = 0;
  std::uint32_t port = 0;
};
static_assert(sizeof(ConnectRequest) == 8);

/// To the device, in any order. Success brings one connected stream socket by SCM_RIGHTS.
struct ConnectAnswer {
  std::uint32_t id = 0;
  /// 0, or the errno of what failed.
  std::int32_t host_errno = 0;
};
static_assert(sizeof(ConnectAnswer) == 8);

} // namespace volt::virtio
