// Flow control of a vsock connection, in both directions (virtio 1.2 §5.10.6.3).
#pragma once

#include <cstdint>
#include <linux/virtio_vsock.h>

namespace volt::virtio {

/// Counts bytes; all counters run freely modulo 2^32.
class VsockCredit {
public:
  /// `buffer_bytes` is what the guest may send before any of it is forwarded.
  explicit VsockCredit(std::uint32_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}

  // From the guest.

  /// The guest sent data; false where that is more than it was allowed, and nothing is counted.
  [[nodiscard]] bool receive(std::uint32_t bytes);
  /// Data left for the host: there is room for as much again.
  void forward(std::uint32_t bytes) { forwarded_ += bytes; }
  /// Whether the guest should hear of new room before it stalls.
  [[nodiscard]] bool update_is_due() const;

  // To the guest.

  /// What every packet of the guest says of its own buffer.
  void hear(const virtio_vsock_hdr& header);
  /// What may be sent now. None where the guest says that more was taken than was sent.
  [[nodiscard]] std::uint32_t sendable() const;
  void send(std::uint32_t bytes) { sent_ += bytes; }

  /// Writes our own side into a packet that leaves for the guest.
  void stamp(virtio_vsock_hdr& header);

private:
  std::uint32_t buffer_bytes_;
  std::uint32_t received_ = 0;
  std::uint32_t forwarded_ = 0;
  std::uint32_t announced_ = 0; // forwarded_ as the guest knows it

  std::uint32_t sent_ = 0;
  std::uint32_t peer_buffer_bytes_ = 0;
  std::uint32_t peer_forwarded_ = 0;
};

} // namespace volt::virtio
