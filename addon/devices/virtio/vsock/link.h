// A vsock connection with its socket: what one says is brought to the other.
#pragma once

#include <optional>

#include "devices/virtio/event_loop.h"
#include "devices/virtio/vsock/connection.h"
#include "devices/virtio/vsock/host_stream.h"

namespace volt::virtio {

/// Data of one packet to the guest at most.
constexpr std::uint32_t maximum_vsock_data_bytes = 65536;

struct VsockLink {
  explicit VsockLink(const VsockConnection& initial) : connection(initial) {}

  /// Shuts the socket where the guest shut the connection, and the other way round; false where nothing is left but to
  /// end the link with RST.
  [[nodiscard]] bool settle();
  /// Data from the guest.
  void take_data(const BufferList& data) { connection.forward(static_cast<std::uint32_t>(stream->write(data))); }
  /// The stream's readiness.
  void on_ready(std::uint32_t events);
  /// As VsockConnection's, with a look at the stream.
  [[nodiscard]] std::optional<std::uint16_t> next_operation();
  /// Writes the packet for next_operation() to `to`, which has room for a header; its size in bytes.
  [[nodiscard]] std::uint32_t put_packet(std::uint16_t operation, const BufferList& to);

  VsockConnection connection;
  /// None while the host is asked.
  std::optional<HostStream> stream;
  /// The connector's, while the host is asked.
  std::optional<std::uint32_t> request;
  std::optional<EventLoop::TimerId> timeout;
  /// Among those that may have a packet for the guest.
  bool is_queued = false;
};

} // namespace volt::virtio
