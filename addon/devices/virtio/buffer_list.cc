// Walking over the pieces.
#include "devices/virtio/buffer_list.h"

#include <algorithm>
#include <cstring>

namespace volt::virtio {

namespace {

/// Calls `visit` with each piece of the bytes from `offset` on, `size_bytes` of them at most.
template <typename Visit>
void for_each_piece(std::span<const std::span<std::uint8_t>> pieces, std::uint64_t offset, std::uint64_t size_bytes,
                    const Visit& visit) {
  for (const std::span<std::uint8_t>& piece : pieces) {
    if (size_bytes == 0) return;
    if (offset >= piece.size()) {
      offset -= piece.size();
      continue;
    }
    const std::uint64_t count = std::min<std::uint64_t>(piece.size() - offset, size_bytes);
    visit(piece.subspan(offset, count));
    offset = 0;
    size_bytes -= count;
  }
}

} // namespace

void BufferList::append(std::span<std::uint8_t> piece) {
  pieces_.push_back(piece);
  size_bytes_ += piece.size();
}

std::size_t BufferList::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
  std::size_t count = 0;
  for_each_piece(pieces_, offset, to.size(), [&](std::span<std::uint8_t> piece) {
    std::memcpy(to.data() + count, piece.data(), piece.size());
    count += piece.size();
  });
  return count;
}

std::size_t BufferList::write(std::uint64_t offset, std::span<const std::uint8_t> from) const {
  std::size_t count = 0;
  for_each_piece(pieces_, offset, from.size(), [&](std::span<std::uint8_t> piece) {
    std::memcpy(piece.data(), from.data() + count, piece.size());
    count += piece.size();
  });
  return count;
}

BufferList BufferList::slice(std::uint64_t offset, std::uint64_t size_bytes) const {
  BufferList part;
  for_each_piece(pieces_, offset, size_bytes, [&](std::span<std::uint8_t> piece) { part.append(piece); });
  return part;
}

} // namespace volt::virtio
