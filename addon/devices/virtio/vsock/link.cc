// Half-closes both ways, and data from the socket into guest memory.
#include "devices/virtio/vsock/link.h"

#include <algorithm>

#include "devices/virtio/vsock/packet.h"

namespace volt::virtio {

bool VsockLink::settle() {
  if (!connection.guest_sends() && !connection.guest_receives()) return false;
  if (!stream) return true;
  if (stream->is_gone() && !connection.is_open()) return false; // nobody waits for the guest's answer any more
  if (!connection.guest_receives()) stream->stop_reading();
  if (!connection.guest_sends() && stream->is_flushed()) stream->stop_writing();
  if (stream->is_gone()) connection.host_receives_no_more();
  return true;
}

void VsockLink::on_ready(std::uint32_t events) {
  stream->ready(events);
  connection.forward(static_cast<std::uint32_t>(stream->flush()));
}

std::optional<std::uint16_t> VsockLink::next_operation() {
  const bool may_have_data = stream && connection.is_open();
  if (may_have_data && stream->has_ended()) connection.host_sends_no_more();
  return connection.next_operation(may_have_data && stream->readable_bytes() > 0);
}

std::uint32_t VsockLink::put_packet(std::uint16_t operation, const BufferList& to) {
  std::size_t data_bytes = 0;
  if (operation == VIRTIO_VSOCK_OP_RW) {
    const std::uint32_t limit = std::min(connection.sendable(), maximum_vsock_data_bytes);
    data_bytes = stream->read(to.slice(sizeof(virtio_vsock_hdr), limit));
    if (data_bytes == 0) operation = VIRTIO_VSOCK_OP_CREDIT_UPDATE; // no room behind the header: harmless at any time
  }
  const virtio_vsock_hdr header = connection.make_packet(operation, static_cast<std::uint32_t>(data_bytes));
  write_vsock_header(header, to);
  return static_cast<std::uint32_t>(sizeof header + data_bytes);
}

} // namespace volt::virtio
