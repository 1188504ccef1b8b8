// virtio-vsock: stream sockets between programs of the guest and of the host (virtio 1.2 §5.10).
#pragma once

#include <memory>

#include "devices/virtio/virtio_device.h"
#include "devices/virtio/vsock/connections.h"

namespace volt::virtio {

class VsockDevice : public VirtioDevice {
public:
  /// RSTs that wait for a buffer of the guest before nothing more is taken from it.
  static constexpr std::size_t maximum_waiting_resets = 256;

  /// `listener` is a listening Unix stream socket on which host programs ask for ports of the guest, `connector` the
  /// socket of a broker (connector_protocol.h); either may be invalid, then that way is closed. `loop` outlives the
  /// device.
  [[nodiscard]] static Result<std::unique_ptr<VsockDevice>> create(const VsockOptions& options, FileDescriptor listener,
                                                                   FileDescriptor connector, EventLoop& loop);

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override;
  [[nodiscard]] std::uint16_t queue_count() const override { return 3; }
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override;
  void notified(std::uint16_t queue) override;

  /// All connections are gone, as after a snapshot: the guest is told (virtio 1.2 §5.10.6.7). On the loop.
  void reset_transport();

  /// On the loop.
  [[nodiscard]] VsockState state() const;
  [[nodiscard]] const VsockCounters& vsock_counters() const { return vsock_counters_; }

private:
  VsockDevice(const VsockOptions& options, EventLoop& loop);

  void serve_receive();
  void serve_transmit();
  void serve_event();
  void put_packet(const DescriptorChain& chain);
  void take_packet(const DescriptorChain& chain);
  void handle_packet(const virtio_vsock_hdr& header, const BufferList& packet);
  void put_event(const DescriptorChain& chain);

  const std::uint64_t guest_cid_;
  bool is_active_ = false;
  bool transmit_waits_ = false; // until fewer RSTs wait
  bool transport_reset_pending_ = false;
  VsockCounters vsock_counters_;
  VsockConnections connections_;
  std::unique_ptr<VsockListener> listener_;
};

} // namespace volt::virtio
