// One queue of a tap interface: a frame a call, straight from and into guest memory.
#pragma once

#include <vector>

#include "base/file_descriptor.h"
#include "devices/virtio/net_port.h"

namespace volt::virtio {

/// Anything that keeps frames apart and has a virtio_net_hdr_v1 in front of each will do.
class TapPort : public NetPort {
public:
  /// The descriptor is non-blocking.
  explicit TapPort(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }
  [[nodiscard]] Sent send(std::span<const OutgoingFrame> frames) override;
  void give_up(const OutgoingFrame&) override {}
  [[nodiscard]] PortStatus receive(const ReceiveBuffers& buffers, Arrival& arrival) override;
  void release() override {}

private:
  [[nodiscard]] ssize_t write(const OutgoingFrame& frame);

  FileDescriptor descriptor_;
  IoVectors vectors_;
  /// A frame in more pieces than a call takes, in one.
  std::vector<std::uint8_t> joined_;
  /// What of a frame the guest's buffers had no room for; one byte more than a frame may have tells that it is longer.
  std::vector<std::uint8_t> spill_ = std::vector<std::uint8_t>(maximum_frame_bytes + 1);
};

} // namespace volt::virtio
