// The guest's half of virtio: a driver that lays out rings in guest memory and drives a device through its registers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "devices/virtio/ring_layout.h"
#include "support/virtio_bench.h"

namespace volt::test {

/// A buffer in guest memory.
struct Buffer {
  std::uint64_t address;
  std::uint32_t size_bytes;
};

/// A used element.
struct Used {
  std::uint32_t head;
  std::uint32_t written_bytes;
};

/// Where rings and data lie; tests put other addresses where they want trouble.
constexpr std::uint64_t queue_stride = 0x8000;
constexpr std::uint64_t driver_ring_offset = 0x4000;
constexpr std::uint64_t device_ring_offset = 0x5000;
constexpr std::uint64_t data_address = 0x100000;

/// Features of the ring that the transport offers to all.
constexpr std::uint64_t version_1 = std::uint64_t{1} << 32;
constexpr std::uint64_t event_index = std::uint64_t{1} << virtio::VIRTIO_F_EVENT_IDX;
constexpr std::uint64_t indirect_descriptors = std::uint64_t{1} << virtio::VIRTIO_F_INDIRECT_DESC;

/// Used by one thread, which may be another than the loop's.
class VirtioDriver {
public:
  explicit VirtioDriver(VirtioBench& bench) : bench_(bench) {}

  [[nodiscard]] std::uint32_t read(std::uint64_t offset);
  void write(std::uint64_t offset, std::uint32_t value);
  [[nodiscard]] std::uint32_t status();
  [[nodiscard]] std::uint64_t offered_features();

  /// Reset, ACKNOWLEDGE, DRIVER, these features, FEATURES_OK; whether the device took them.
  bool negotiate(std::uint64_t features);
  /// After negotiate(): rings of `size` at their places.
  void set_up_queue(std::uint16_t index, std::uint16_t size);
  /// Whether the device took DRIVER_OK without asking for a reset.
  bool run();
  /// All of it, with `queues` queues and every feature that is offered unless told.
  bool start(std::uint16_t queues, std::optional<std::uint64_t> features = std::nullopt, std::uint16_t size = 16);

  /// Puts a chain into the descriptor table and the available ring; returns its head.
  std::uint16_t add(std::uint16_t queue, const std::vector<Buffer>& readable, const std::vector<Buffer>& writable);
  /// As add(), by one descriptor that refers to a table at `table_address`.
  std::uint16_t add_indirect(std::uint16_t queue, std::uint64_t table_address, const std::vector<Buffer>& readable,
                             const std::vector<Buffer>& writable);
  /// Writes one descriptor and nothing else.
  void set_descriptor(std::uint16_t queue, std::uint16_t index, const virtio::virtq_desc& descriptor);
  /// Makes the chain at `head` available.
  void offer(std::uint16_t queue, std::uint16_t head);
  /// Writes QueueNotify and lets a loop without a thread turn once.
  void notify(std::uint16_t queue);

  /// The next used element that was not taken yet.
  [[nodiscard]] std::optional<Used> take_used(std::uint16_t queue);
  /// Turns the loop until take_used() gives something, for ten seconds at most.
  [[nodiscard]] std::optional<Used> wait_used(std::uint16_t queue);

  // Guest memory.
  void fill(std::uint64_t address, std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::vector<std::uint8_t> bytes(std::uint64_t address, std::size_t size_bytes);
  void set_half_word(std::uint64_t address, std::uint16_t value);
  [[nodiscard]] std::uint16_t half_word(std::uint64_t address);

  /// Addresses of a queue's ring fields, for tests that break them.
  [[nodiscard]] static std::uint64_t driver_ring(std::uint16_t queue) { return queue_base(queue) + driver_ring_offset; }
  [[nodiscard]] static std::uint64_t device_ring(std::uint16_t queue) { return queue_base(queue) + device_ring_offset; }
  [[nodiscard]] static std::uint64_t queue_base(std::uint16_t queue) { return queue_stride * (queue + 1U); }

private:
  struct Ring {
    std::uint16_t size = 0;
    std::uint16_t next_descriptor = 0;
    std::uint16_t next_available = 0;
    std::uint16_t next_used = 0;
  };

  void write_table(std::uint64_t table, std::uint16_t first, std::uint16_t size, const std::vector<Buffer>& readable,
                   const std::vector<Buffer>& writable);

  VirtioBench& bench_;
  std::vector<Ring> rings_{16};
};

} // namespace volt::test
