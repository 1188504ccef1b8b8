// virtio-balloon: memory that the guest gives back to the host (virtio 1.2 §5.5).
#pragma once

#include "devices/virtio/balloon_options.h"
#include "devices/virtio/page_run.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

class BalloonDevice : public VirtioDevice {
public:
  /// Page numbers of one request that are looked at; Linux sends 256.
  static constexpr std::size_t maximum_request_pages = 4096;
  /// Page numbers that are handled in one round of the loop, or so much of reported buffers.
  static constexpr std::size_t round_budget = 8192;

  explicit BalloonDevice(const BalloonOptions& options) : options_(options), target_pages_(options.target_pages) {}

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override;
  [[nodiscard]] std::uint16_t queue_count() const override;
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write_configuration(std::uint64_t offset, std::span<const std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override;
  void notified(std::uint16_t queue) override;

  /// Asks the guest for another size of the balloon, in pages of 4 KiB. On the loop.
  void set_target(std::uint32_t pages);
  /// The same by what the guest is to keep of its memory.
  void keep(std::uint64_t kept_bytes) { set_target(balloon_pages(host().memory().size_bytes(), kept_bytes)); }

  /// What the driver says is in the balloon, in pages of 4 KiB. From any thread.
  [[nodiscard]] std::uint32_t actual_pages() const { return actual_pages_.load(std::memory_order_relaxed); }
  [[nodiscard]] const BalloonStatistics& statistics() const { return statistics_; }
  [[nodiscard]] const BalloonCounters& balloon_counters() const { return balloon_counters_; }
  /// On the loop.
  [[nodiscard]] BalloonState state() const;

private:
  void serve_pages(std::uint16_t queue);
  void inflate(std::span<std::uint32_t> page_numbers);
  [[nodiscard]] std::size_t take_list(std::uint16_t queue, const DescriptorChain& chain);
  [[nodiscard]] std::size_t take_report(const DescriptorChain& chain);
  void release(std::span<std::uint8_t> pages, std::atomic<std::uint64_t>& released);
  void serve_statistics();
  void take_statistics(const DescriptorChain& chain);
  void ask_for_statistics();

  const BalloonOptions options_;
  std::uint32_t target_pages_;
  std::atomic<std::uint32_t> actual_pages_ = 0;
  /// Where the driver has them.
  std::optional<std::uint16_t> statistics_queue_;
  std::optional<std::uint16_t> report_queue_;
  std::optional<std::uint16_t> statistics_head_;
  std::optional<EventLoop::TimerId> timer_;
  BalloonStatistics statistics_;
  BalloonCounters balloon_counters_;
};

} // namespace volt::virtio
