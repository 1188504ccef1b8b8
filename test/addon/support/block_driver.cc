#include "support/block_driver.h"

#include <cstring>

namespace volt::test {

namespace {

constexpr std::uint64_t place_end = 0x700000;

template <typename Structure>
std::vector<std::uint8_t> bytes_of(const Structure& structure) {
  std::vector<std::uint8_t> bytes(sizeof structure);
  std::memcpy(bytes.data(), &structure, sizeof structure);
  return bytes;
}

} // namespace

std::vector<std::uint8_t> segment(std::uint64_t sector, std::uint32_t sectors, std::uint32_t flags) {
  virtio_blk_discard_write_zeroes range{};
  range.sector = sector;
  range.num_sectors = sectors;
  range.flags = flags;
  return bytes_of(range);
}

BlockSlot BlockDriver::submit(std::uint32_t type, std::uint64_t sector, const std::vector<std::uint8_t>& out,
                              std::uint32_t size_in, std::uint16_t queue) {
  const std::uint64_t size = 64 + std::max<std::uint64_t>(out.size(), size_in);
  if (next_place_ + size > place_end) next_place_ = data_address;
  const BlockSlot slot{.header = next_place_, .data = next_place_ + 64, .status = next_place_ + 32, .size_in = size_in};
  next_place_ += (size + 63) / 64 * 64;
  virtio_blk_outhdr header{};
  header.type = type;
  header.sector = sector;
  fill(slot.header, bytes_of(header));
  fill(slot.status, std::vector<std::uint8_t>{no_status});
  std::vector<Buffer> readable{{slot.header, sizeof header}};
  std::vector<Buffer> writable;
  if (!out.empty()) {
    fill(slot.data, out);
    readable.push_back({slot.data, static_cast<std::uint32_t>(out.size())});
  }
  if (size_in > 0) writable.push_back({slot.data, size_in});
  writable.push_back({slot.status, 1});
  add(queue, readable, writable);
  return slot;
}

BlockAnswer BlockDriver::request(std::uint32_t type, std::uint64_t sector, const std::vector<std::uint8_t>& out,
                                 std::uint32_t size_in, std::uint16_t queue) {
  const BlockSlot slot = submit(type, sector, out, size_in, queue);
  notify(queue);
  const auto used = wait_used(queue);
  if (!used) return {};
  return {.status = status_of(slot),
          .written_bytes = used->written_bytes,
          .data = size_in > 0 ? bytes(slot.data, size_in) : std::vector<std::uint8_t>()};
}

std::uint8_t BlockDriver::clear(std::uint32_t type, std::uint64_t sector, std::uint32_t sectors, std::uint32_t flags) {
  return request(type, 0, segment(sector, sectors, flags)).status;
}

} // namespace volt::test
