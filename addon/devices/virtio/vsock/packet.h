// Packets of virtio-vsock: a header, then data (virtio 1.2 §5.10.6).
#pragma once

#include <cstdint>
#include <linux/virtio_vsock.h>
#include <optional>

#include "devices/virtio/buffer_list.h"

namespace volt::virtio {

static_assert(sizeof(virtio_vsock_hdr) == 44);

/// The host's well-known address, VMADDR_CID_HOST.
constexpr std::uint64_t vsock_host_cid = 2;
/// VMADDR_PORT_ANY: no port that anyone can listen on.
constexpr std::uint32_t vsock_any_port = UINT32_MAX;
/// Feature bit of §5.10.3, which the kernel's header lacks.
constexpr unsigned VIRTIO_VSOCK_F_STREAM = 0;

/// Whether a guest may have the address: 0 to 2 and 2^32-1 are reserved, and the upper half is zero (§5.10.4).
[[nodiscard]] constexpr bool is_guest_cid(std::uint64_t cid) {
  return cid > vsock_host_cid && cid < UINT32_MAX;
}

/// A copy of a packet's header; nothing where the buffers do not hold a whole one.
[[nodiscard]] std::optional<virtio_vsock_hdr> read_vsock_header(const BufferList& packet);

/// `packet` has room for it.
void write_vsock_header(const virtio_vsock_hdr& header, const BufferList& packet);

/// Whether header and data fit together: only VIRTIO_VSOCK_OP_RW has data, and all of what the header says is there.
[[nodiscard]] bool is_well_formed(const virtio_vsock_hdr& header, const BufferList& packet);

/// The RST that answers a packet, of the same type.
[[nodiscard]] virtio_vsock_hdr vsock_reset_for(const virtio_vsock_hdr& received);

} // namespace volt::virtio
