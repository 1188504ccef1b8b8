// What a balloon is told, and what it tells.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <linux/virtio_balloon.h>
#include <optional>

namespace volt::virtio {

struct BalloonOptions {
  /// What the guest is asked to give up, in pages of 4 KiB.
  std::uint32_t target_pages = 0;
  /// The guest may take pages back instead of killing a process.
  bool deflate_on_oom = false;
  /// The guest reports what it does not use, beyond the balloon.
  bool free_page_reporting = false;
  /// Between two requests for statistics; 0: only what the driver sends by itself.
  std::chrono::milliseconds statistics_interval{0};
};

/// Counted on the device's loop with relaxed order, readable from any thread.
struct BalloonCounters {
  /// Of 4 KiB, given back to the host by inflation and by reports, and told to be in use again.
  std::atomic<std::uint64_t> inflated_pages = 0;
  std::atomic<std::uint64_t> reported_pages = 0;
  std::atomic<std::uint64_t> deflated_pages = 0;
  /// Pages that a driver named and that are not in its memory.
  std::atomic<std::uint64_t> refused_pages = 0;
  /// madvise(2) calls that failed: those pages stay with the guest.
  std::atomic<std::uint64_t> failed_releases = 0;
};

/// What the guest says of its memory, as it says it (virtio 1.2 §5.5.6.3.1). Readable from any thread.
class BalloonStatistics {
public:
  BalloonStatistics() { forget(); }

  /// `tag` is VIRTIO_BALLOON_S_*; nothing where the guest has not said it.
  [[nodiscard]] std::optional<std::uint64_t> value(std::uint16_t tag) const {
    const std::uint64_t found = tag < values_.size() ? values_[tag].load(std::memory_order_relaxed) : unknown;
    return found == unknown ? std::nullopt : std::optional(found);
  }
  /// A tag that is not known is ignored.
  void set(std::uint16_t tag, std::uint64_t value) {
    if (tag < values_.size()) values_[tag].store(value, std::memory_order_relaxed);
  }
  void forget() {
    for (auto& value : values_)
      value.store(unknown, std::memory_order_relaxed);
  }

private:
  static constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

  std::array<std::atomic<std::uint64_t>, VIRTIO_BALLOON_S_NR> values_;
};

struct BalloonState {
  std::uint32_t version = 1;
  std::uint32_t target_pages = 0;
  /// What the driver says is in the balloon.
  std::uint32_t actual_pages = 0;
  /// The head of the statistics buffer that the device holds.
  std::optional<std::uint16_t> statistics_head;
};

} // namespace volt::virtio
