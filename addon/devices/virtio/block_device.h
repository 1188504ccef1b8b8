// virtio-blk: requests from the driver to a disk, and its answers back (virtio 1.2 §5.2).
#pragma once

#include <linux/virtio_blk.h>
#include <memory>
#include <string>

#include "devices/virtio/block_request.h"
#include "devices/virtio/disk.h"
#include "devices/virtio/token_bucket.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

enum class CacheMode {
  /// Durable when the guest flushes; the guest may choose to have each write durable.
  writeback,
  /// Each write is durable before it is answered.
  writethrough,
  /// Flushes are answered and do nothing: a crash of the host may lose or damage everything.
  unsafe,
};

struct BlockOptions {
  std::uint64_t capacity_sectors = 0;
  bool read_only = false;
  /// ASCII, at most VIRTIO_BLK_ID_BYTES.
  std::string serial = {};
  CacheMode cache = CacheMode::writeback;
  std::uint16_t queues = 1;
  /// Discard and write-zeroes requests are taken.
  bool discard = false;
  RateLimit rate = {};
};

struct BlockState {
  std::uint32_t version = 1;
  /// The configuration's `writeback` field, which the driver may write.
  bool writeback = true;
  std::uint64_t features = 0;
};

class BlockDevice : public VirtioDevice {
public:
  /// Requests under way at most; further ones stay in their queues.
  static constexpr std::size_t maximum_under_way = 256;

  /// `disk` was made for this cache mode, with an engine on the device's loop.
  BlockDevice(BlockOptions options, std::unique_ptr<Disk> disk, std::uint16_t queue_size);
  ~BlockDevice() override;

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override;
  [[nodiscard]] std::uint16_t queue_count() const override { return options_.queues; }
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write_configuration(std::uint64_t offset, std::span<const std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override;
  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool set_rate(std::string_view name, const std::optional<TokenRate>& rate) override;

  [[nodiscard]] const BlockState& state() const { return state_; }

private:
  struct Job; // a request under way
  using SharedJob = std::shared_ptr<Job>;

  [[nodiscard]] bool has(unsigned feature) const { return (state_.features >> feature & 1) != 0; }
  [[nodiscard]] bool each_write_is_durable() const;
  void serve_queue(std::uint16_t queue);
  [[nodiscard]] bool may_take(std::uint16_t queue);
  void serve_after_waiting();
  void take(std::uint16_t queue, DescriptorChain chain);
  void start(const SharedJob& job);
  void identify(const SharedJob& job);
  void start_range(const SharedJob& job, std::size_t index);
  void written(const SharedJob& job, int host_errno);
  void complete(const SharedJob& job, int host_errno);
  void answer(const Job& job, std::uint8_t status);
  void batch_ended();

  const BlockOptions options_;
  const std::unique_ptr<Disk> disk_;
  virtio_blk_config configuration_{};
  RateLimiter limiter_;
  BlockState state_;
  std::size_t under_way_ = 0;
  bool is_resetting_ = false;
  std::optional<EventLoop::TimerId> timer_;
  /// By queue: requests may be left that there was no room or rate for; chains were returned that nobody was told of.
  std::vector<bool> is_put_off_;
  std::vector<bool> has_returned_;
};

} // namespace volt::virtio
