// The arithmetic of credit.
#include "devices/virtio/vsock/credit.h"

namespace volt::virtio {

bool VsockCredit::receive(std::uint32_t bytes) {
  const std::uint32_t held = received_ - forwarded_;
  if (bytes > buffer_bytes_ - held) return false;
  received_ += bytes;
  return true;
}

// A quarter of the buffer: seldom enough to cost little, and the guest still has the other three to go on with.
bool VsockCredit::update_is_due() const {
  return forwarded_ - announced_ >= buffer_bytes_ / 4;
}

void VsockCredit::hear(const virtio_vsock_hdr& header) {
  peer_buffer_bytes_ = header.buf_alloc;
  peer_forwarded_ = header.fwd_cnt;
}

std::uint32_t VsockCredit::sendable() const {
  const std::uint32_t under_way = sent_ - peer_forwarded_; // huge where the guest's count is ahead of ours
  return under_way >= peer_buffer_bytes_ ? 0 : peer_buffer_bytes_ - under_way;
}

void VsockCredit::stamp(virtio_vsock_hdr& header) {
  announced_ = forwarded_;
  header.buf_alloc = buffer_bytes_;
  header.fwd_cnt = forwarded_;
}

} // namespace volt::virtio
