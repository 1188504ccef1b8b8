// virtio-rng: entropy for the guest (virtio 1.2 §5.4).
#pragma once

#include <functional>

#include "devices/virtio/token_bucket.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

/// Fills all of `data`; false where it could not.
using EntropySource = std::function<bool(std::span<std::uint8_t> data)>;

/// getrandom(2).
[[nodiscard]] bool fill_from_kernel(std::span<std::uint8_t> data);

class RngDevice : public VirtioDevice {
public:
  /// A request gets no more at once, whatever its buffers hold: the driver asks again.
  static constexpr std::size_t maximum_request_bytes = 65536;

  explicit RngDevice(const RateLimit& limit, EntropySource source = fill_from_kernel)
      : limiter_(limit, EventLoop::Clock::now()), source_(std::move(source)) {}

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override { return 0; }
  [[nodiscard]] std::uint16_t queue_count() const override { return 1; }
  void activate(std::uint64_t) override {}
  void reset() override;
  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool set_rate(std::string_view name, const std::optional<TokenRate>& rate) override;

private:
  [[nodiscard]] bool may_take();
  void answer(const DescriptorChain& chain);

  RateLimiter limiter_;
  const EntropySource source_;
  std::optional<EventLoop::TimerId> timer_;
};

} // namespace volt::virtio
