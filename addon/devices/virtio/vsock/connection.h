// The protocol of one vsock connection between a guest's port and a host's, without any socket.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "devices/virtio/vsock/credit.h"

namespace volt::virtio {

/// A connection's name: one guest and one host leave only the ports to tell connections apart.
struct VsockPorts {
  std::uint32_t guest = 0;
  std::uint32_t host = 0;

  friend auto operator<=>(const VsockPorts&, const VsockPorts&) = default;
};

/// Packets in, packets out (virtio 1.2 §5.10.6.4 and §5.10.6.5). Neither waits nor keeps time.
class VsockConnection {
public:
  /// What a packet of the guest asks of the connection's owner.
  enum class Outcome {
    nothing,
    /// The guest accepted a connection that came from the host.
    established,
    /// The packet's data goes to the host.
    data,
    /// What the guest sends or receives from now on is less: guest_sends(), guest_receives().
    shut,
    /// The guest ended the connection.
    reset,
    /// The packet is not allowed here: the connection has to be reset.
    violation,
  };

  /// From the guest by `request`, a packet with VIRTIO_VSOCK_OP_REQUEST; it waits for accept().
  VsockConnection(const virtio_vsock_hdr& request, std::uint32_t buffer_bytes);
  /// From the host: the guest is asked.
  VsockConnection(std::uint64_t guest_cid, VsockPorts ports, std::uint32_t buffer_bytes);

  /// A well-formed packet of this connection.
  [[nodiscard]] Outcome receive(const virtio_vsock_hdr& header);

  /// The host accepted what came from the guest.
  void accept();
  /// Data of the guest went to the host, or nowhere because the host takes no more.
  void forward(std::uint32_t bytes) { credit_.forward(bytes); }
  /// All data of the host was sent and there will be none.
  void host_sends_no_more() { to_tell_ |= VIRTIO_VSOCK_SHUTDOWN_SEND; }
  void host_receives_no_more() { to_tell_ |= VIRTIO_VSOCK_SHUTDOWN_RCV; }

  /// The operation that is to be sent to the guest next; `host_has_data` where data waits.
  [[nodiscard]] std::optional<std::uint16_t> next_operation(bool host_has_data) const;
  /// Bytes of data that the guest has room for.
  [[nodiscard]] std::uint32_t sendable() const { return credit_.sendable(); }
  /// The packet for next_operation(), or any with VIRTIO_VSOCK_OP_RST; it counts as sent.
  [[nodiscard]] virtio_vsock_hdr make_packet(std::uint16_t operation, std::uint32_t data_bytes);

  [[nodiscard]] VsockPorts ports() const { return ports_; }
  /// Both sides agreed on it.
  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  /// It asked, or was asked.
  [[nodiscard]] bool is_known_to_guest() const { return first_packet_sent_ || state_ != State::requested; }
  [[nodiscard]] bool guest_sends() const { return (guest_shut_ & VIRTIO_VSOCK_SHUTDOWN_SEND) == 0; }
  [[nodiscard]] bool guest_receives() const { return (guest_shut_ & VIRTIO_VSOCK_SHUTDOWN_RCV) == 0; }
  /// The guest knows that nothing goes either way any more, and has to answer with RST.
  [[nodiscard]] bool awaits_reset() const { return told_ == shut_both; }

private:
  enum class State { connecting, requested, open };
  static constexpr std::uint32_t shut_both = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;

  [[nodiscard]] Outcome receive_data(std::uint32_t bytes);

  std::uint64_t guest_cid_;
  VsockPorts ports_;
  VsockCredit credit_;
  State state_;
  bool first_packet_sent_ = false; // REQUEST or RESPONSE
  bool guest_asks_ = false;        // for our credit
  bool guest_was_asked_ = false;   // for its credit, since it last had none
  std::uint32_t guest_shut_ = 0;   // VIRTIO_VSOCK_SHUTDOWN_*
  std::uint32_t to_tell_ = 0;
  std::uint32_t told_ = 0;
};

} // namespace volt::virtio
