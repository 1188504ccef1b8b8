// What a driver asks of a block device, read from a chain and checked (virtio 1.2 §5.2.6).
#pragma once

#include <cstdint>
#include <vector>

#include "devices/virtio/descriptor_chain.h"

namespace volt::virtio {

constexpr std::uint64_t sector_bytes = 512;

/// Segments of a discard or write-zeroes request, and sectors of one.
constexpr std::uint32_t maximum_block_segments = 16;
constexpr std::uint32_t maximum_segment_sectors = 1 << 21;

/// What of requests a device serves.
struct BlockLimits {
  std::uint64_t capacity_sectors = 0;
  bool read_only = false;
  bool flush = false;
  bool discard = false;
};

/// In bytes, within the disk and not empty.
struct BlockRange {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  bool may_unmap = false;
};

struct BlockRequest {
  /// refuse: there is nothing to do but to answer `status`.
  enum class Action { read, write, flush, identify, discard, write_zeroes, refuse };

  Action action = Action::refuse;
  /// VIRTIO_BLK_S_*, for refuse.
  std::uint8_t status = 0;
  std::uint64_t offset = 0;
  /// read and write: data of whole sectors, maybe none. identify: room for the id.
  BufferList data = {};
  /// discard and write_zeroes, at least one.
  std::vector<BlockRange> ranges = {};
};

/// Buffers may be cut as the driver likes: the first 16 readable bytes are the header, the last writable byte is the
/// status. `chain` has a writable byte.
[[nodiscard]] BlockRequest read_block_request(const DescriptorChain& chain, const BlockLimits& limits);

} // namespace volt::virtio
