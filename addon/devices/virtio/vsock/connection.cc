// Which packet may come when, and which one goes next.
#include "devices/virtio/vsock/connection.h"

#include "devices/virtio/vsock/packet.h"

namespace volt::virtio {

VsockConnection::VsockConnection(const virtio_vsock_hdr& request, std::uint32_t buffer_bytes)
    : guest_cid_(request.src_cid), ports_{.guest = request.src_port, .host = request.dst_port}, credit_(buffer_bytes),
      state_(State::connecting) {
  credit_.hear(request);
}

VsockConnection::VsockConnection(std::uint64_t guest_cid, VsockPorts ports, std::uint32_t buffer_bytes)
    : guest_cid_(guest_cid), ports_(ports), credit_(buffer_bytes), state_(State::requested) {}

VsockConnection::Outcome VsockConnection::receive(const virtio_vsock_hdr& header) {
  if (header.op == VIRTIO_VSOCK_OP_RST) return Outcome::reset;
  credit_.hear(header);
  if (sendable() > 0) guest_was_asked_ = false;
  if (state_ == State::requested && first_packet_sent_ && header.op == VIRTIO_VSOCK_OP_RESPONSE) {
    state_ = State::open;
    return Outcome::established;
  }
  // A guest may give up before it was answered.
  if (header.op == VIRTIO_VSOCK_OP_SHUTDOWN && state_ != State::requested) {
    guest_shut_ |= header.flags & shut_both; // for good: a flag is never taken back
    return Outcome::shut;
  }
  if (state_ != State::open || !first_packet_sent_) return Outcome::violation;
  switch (header.op) {
  case VIRTIO_VSOCK_OP_RW:
    return receive_data(header.len);
  case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
    return Outcome::nothing;
  case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
    guest_asks_ = true;
    return Outcome::nothing;
  default:
    return Outcome::violation;
  }
}

VsockConnection::Outcome VsockConnection::receive_data(std::uint32_t bytes) {
  if (!guest_sends() || !credit_.receive(bytes)) return Outcome::violation;
  return Outcome::data;
}

void VsockConnection::accept() {
  state_ = State::open;
}

std::optional<std::uint16_t> VsockConnection::next_operation(bool host_has_data) const {
  if (state_ == State::connecting) return std::nullopt;
  if (!first_packet_sent_) return state_ == State::open ? VIRTIO_VSOCK_OP_RESPONSE : VIRTIO_VSOCK_OP_REQUEST;
  if (state_ == State::requested) return std::nullopt;
  if (told_ != to_tell_) return VIRTIO_VSOCK_OP_SHUTDOWN;
  if (host_has_data && guest_receives()) {
    if (sendable() > 0) return VIRTIO_VSOCK_OP_RW;
    if (!guest_was_asked_) return VIRTIO_VSOCK_OP_CREDIT_REQUEST;
  }
  if (guest_asks_ || (guest_sends() && credit_.update_is_due())) return VIRTIO_VSOCK_OP_CREDIT_UPDATE;
  return std::nullopt;
}

virtio_vsock_hdr VsockConnection::make_packet(std::uint16_t operation, std::uint32_t data_bytes) {
  virtio_vsock_hdr header{};
  header.src_cid = vsock_host_cid;
  header.dst_cid = guest_cid_;
  header.src_port = ports_.host;
  header.dst_port = ports_.guest;
  header.len = data_bytes;
  header.type = VIRTIO_VSOCK_TYPE_STREAM;
  header.op = operation;
  if (operation == VIRTIO_VSOCK_OP_SHUTDOWN) header.flags = told_ = to_tell_;
  if (operation == VIRTIO_VSOCK_OP_CREDIT_REQUEST) guest_was_asked_ = true;
  first_packet_sent_ = true;
  guest_asks_ = false; // every packet carries our credit
  credit_.send(data_bytes);
  credit_.stamp(header);
  return header;
}

} // namespace volt::virtio
