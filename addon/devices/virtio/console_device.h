// virtio-console: one port, whose terminal has a size (virtio 1.2 §5.3).
#pragma once

#include "devices/virtio/console_peer.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

/// Input that the guest has not taken is the peer's, and none is held here.
struct ConsoleState {
  std::uint32_t version = 1;
  ConsoleSize size;
};

class ConsoleDevice : public VirtioDevice {
public:
  /// Output of one request, and about as much of one round of the loop; Linux writes 32 KiB at most.
  static constexpr std::uint64_t maximum_request_bytes = 1 << 20;

  /// The peer outlives the device.
  explicit ConsoleDevice(ConsolePeer& peer) : peer_(peer), size_(peer.size()) {}

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override;
  [[nodiscard]] std::uint16_t queue_count() const override { return 2; }
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override { peer_.release_input(); }
  void notified(std::uint16_t queue) override;

  /// The peer has input now. From any thread, after connect().
  void input_arrived();
  /// The peer may have another size: if so, the guest is told. On the loop.
  void update_size();

  /// On the loop.
  [[nodiscard]] ConsoleState state() const { return {.size = size_}; }

private:
  void serve_input();
  void serve_output();
  void fill(const DescriptorChain& chain);
  [[nodiscard]] std::uint64_t print(const DescriptorChain& chain);

  ConsolePeer& peer_;
  ConsoleSize size_;
  std::atomic<bool> is_service_due_ = false;
};

} // namespace volt::virtio
