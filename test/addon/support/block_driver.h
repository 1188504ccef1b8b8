// A driver's requests to a block device, one at a time or many at once.
#pragma once

#include <linux/virtio_blk.h>

#include "devices/virtio/block_device.h"
#include "support/virtio_driver.h"

namespace volt::test {

constexpr std::uint8_t no_status = 0xcc;

struct BlockAnswer {
  std::uint8_t status = no_status;
  std::uint32_t written_bytes = 0;
  std::vector<std::uint8_t> data = {};
};

/// A request in guest memory: header, data and status at places of their own.
struct BlockSlot {
  std::uint64_t header;
  std::uint64_t data;
  std::uint64_t status;
  std::uint32_t size_in = 0;
};

class BlockDriver : public VirtioDriver {
public:
  using VirtioDriver::VirtioDriver;

  /// Puts a request into the queue, without a notification.
  BlockSlot submit(std::uint32_t type, std::uint64_t sector, const std::vector<std::uint8_t>& out,
                   std::uint32_t size_in = 0, std::uint16_t queue = 0);
  [[nodiscard]] std::uint8_t status_of(const BlockSlot& slot) { return bytes(slot.status, 1)[0]; }

  /// Submits, notifies and waits for the answer.
  BlockAnswer request(std::uint32_t type, std::uint64_t sector, const std::vector<std::uint8_t>& out,
                      std::uint32_t size_in = 0, std::uint16_t queue = 0);

  BlockAnswer read_disk(std::uint64_t sector, std::uint32_t size_bytes) {
    return request(VIRTIO_BLK_T_IN, sector, {}, size_bytes);
  }
  std::uint8_t write_disk(std::uint64_t sector, const std::vector<std::uint8_t>& data) {
    return request(VIRTIO_BLK_T_OUT, sector, data).status;
  }
  std::uint8_t flush() { return request(VIRTIO_BLK_T_FLUSH, 0, {}).status; }
  /// Discard or write-zeroes of one range.
  std::uint8_t clear(std::uint32_t type, std::uint64_t sector, std::uint32_t sectors, std::uint32_t flags = 0);

private:
  std::uint64_t next_place_ = data_address;
};

/// The bytes of a discard or write-zeroes segment.
[[nodiscard]] std::vector<std::uint8_t> segment(std::uint64_t sector, std::uint32_t sectors, std::uint32_t flags = 0);

} // namespace volt::test
