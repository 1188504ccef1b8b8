// Headers between guest memory and here. Both sides are little-endian.
#include "devices/virtio/vsock/packet.h"

#include <cassert>
#include <span>

namespace volt::virtio {

std::optional<virtio_vsock_hdr> read_vsock_header(const BufferList& packet) {
  virtio_vsock_hdr header{};
  // SAFETY: a trivially copyable structure filled as bytes.
  const std::span bytes(reinterpret_cast<std::uint8_t*>(&header), sizeof header);
  if (packet.read(0, bytes) != bytes.size()) return std::nullopt;
  return header;
}

void write_vsock_header(const virtio_vsock_hdr& header, const BufferList& packet) {
  // SAFETY: a trivially copyable structure seen as bytes.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(&header), sizeof header);
  const std::size_t written = packet.write(0, bytes);
  assert(written == bytes.size());
  static_cast<void>(written);
}

bool is_well_formed(const virtio_vsock_hdr& header, const BufferList& packet) {
  if (header.op < VIRTIO_VSOCK_OP_REQUEST || header.op > VIRTIO_VSOCK_OP_CREDIT_REQUEST) return false;
  if (header.op != VIRTIO_VSOCK_OP_RW) return header.len == 0;
  return header.len <= packet.size_bytes() - sizeof header;
}

virtio_vsock_hdr vsock_reset_for(const virtio_vsock_hdr& received) {
  virtio_vsock_hdr reset{};
  reset.src_cid = received.dst_cid;
  reset.dst_cid = received.src_cid;
  reset.src_port = received.dst_port;
  reset.dst_port = received.src_port;
  reset.type = received.type;
  reset.op = VIRTIO_VSOCK_OP_RST;
  return reset;
}

} // namespace volt::virtio
