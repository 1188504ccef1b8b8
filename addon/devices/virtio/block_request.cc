// One function a type of request.
#include "devices/virtio/block_request.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <linux/virtio_blk.h>

namespace volt::virtio {

namespace {

using Action = BlockRequest::Action;
using Segment = virtio_blk_discard_write_zeroes;

BlockRequest refuse(std::uint8_t status) {
  return {.action = Action::refuse, .status = status};
}

/// Copies a structure out of guest memory, once; false where there are too few bytes.
template <typename Structure>
bool copy_out(const BufferList& from, std::uint64_t offset, Structure& structure) {
  std::array<std::uint8_t, sizeof(Structure)> bytes{};
  if (from.read(offset, bytes) != bytes.size()) return false;
  std::memcpy(&structure, bytes.data(), sizeof structure);
  return true;
}

bool lies_within(std::uint64_t sector, std::uint64_t count, std::uint64_t capacity) {
  return sector <= capacity && count <= capacity - sector;
}

BlockRequest transfer(Action action, std::uint64_t sector, BufferList data, const BlockLimits& limits) {
  if (action == Action::write && limits.read_only) return refuse(VIRTIO_BLK_S_IOERR);
  if (data.size_bytes() % sector_bytes != 0) return refuse(VIRTIO_BLK_S_IOERR);
  if (!lies_within(sector, data.size_bytes() / sector_bytes, limits.capacity_sectors))
    return refuse(VIRTIO_BLK_S_IOERR);
  return {.action = action, .offset = sector * sector_bytes, .data = std::move(data)};
}

// virtio 1.2 §5.2.6.2: unknown flags, and unmap in a discard, are not supported.
BlockRequest segments(Action action, const BufferList& data, const BlockLimits& limits) {
  if (!limits.discard) return refuse(VIRTIO_BLK_S_UNSUPP);
  const std::uint64_t count = data.size_bytes() / sizeof(Segment);
  if (data.size_bytes() % sizeof(Segment) != 0 || count == 0 || count > maximum_block_segments)
    return refuse(VIRTIO_BLK_S_IOERR);
  BlockRequest request{.action = action};
  for (std::uint64_t index = 0; index < count; ++index) {
    Segment segment{};
    const bool is_whole = copy_out(data, index * sizeof segment, segment);
    assert(is_whole);
    static_cast<void>(is_whole);
    const std::uint32_t known = action == Action::write_zeroes ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
    if ((segment.flags & ~known) != 0) return refuse(VIRTIO_BLK_S_UNSUPP);
    const bool fits = segment.num_sectors > 0 && segment.num_sectors <= maximum_segment_sectors;
    if (!fits || !lies_within(segment.sector, segment.num_sectors, limits.capacity_sectors))
      return refuse(VIRTIO_BLK_S_IOERR);
    request.ranges.push_back({.offset = segment.sector * sector_bytes,
                              .size_bytes = segment.num_sectors * sector_bytes,
                              .may_unmap = (segment.flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) != 0});
  }
  return request;
}

} // namespace

BlockRequest read_block_request(const DescriptorChain& chain, const BlockLimits& limits) {
  assert(chain.writable.size_bytes() > 0);
  virtio_blk_outhdr header{};
  if (!copy_out(chain.readable, 0, header)) return refuse(VIRTIO_BLK_S_IOERR);
  const auto data_out = [&] { return chain.readable.slice(sizeof header, UINT64_MAX); };
  const auto data_in = [&] { return chain.writable.slice(0, chain.writable.size_bytes() - 1); };
  switch (header.type) {
  case VIRTIO_BLK_T_IN:
    return transfer(Action::read, header.sector, data_in(), limits);
  case VIRTIO_BLK_T_OUT:
    return transfer(Action::write, header.sector, data_out(), limits);
  case VIRTIO_BLK_T_FLUSH:
    return limits.flush ? BlockRequest{.action = Action::flush} : refuse(VIRTIO_BLK_S_UNSUPP);
  case VIRTIO_BLK_T_GET_ID:
    return {.action = Action::identify, .data = data_in()};
  case VIRTIO_BLK_T_DISCARD:
    return segments(Action::discard, data_out(), limits);
  case VIRTIO_BLK_T_WRITE_ZEROES:
    return segments(Action::write_zeroes, data_out(), limits);
  default:
    return refuse(VIRTIO_BLK_S_UNSUPP);
  }
}

} // namespace volt::virtio
