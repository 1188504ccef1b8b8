// Walks over chains and their pieces.
#include "devices/virtio/receive_buffers.h"

#include <algorithm>
#include <cassert>

namespace volt::virtio {

void ReceiveBuffers::add(DescriptorChain chain) {
  size_bytes_ += chain.writable.size_bytes();
  chains_.push_back(std::move(chain));
}

void ReceiveBuffers::clear() {
  chains_.clear();
  size_bytes_ = 0;
}

std::vector<std::uint16_t> ReceiveBuffers::heads() const {
  std::vector<std::uint16_t> heads;
  for (const DescriptorChain& chain : chains_)
    heads.push_back(chain.head);
  return heads;
}

void ReceiveBuffers::append_room(std::uint64_t offset, IoVectors& vectors, std::size_t spared) const {
  for (const DescriptorChain& chain : chains_) {
    for (const std::span<std::uint8_t>& piece : chain.writable.pieces()) {
      if (offset >= piece.size()) {
        offset -= piece.size();
        continue;
      }
      if (vectors.room() <= spared) return;
      vectors.append(piece.subspan(offset));
      offset = 0;
    }
  }
}

void ReceiveBuffers::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
  for (const DescriptorChain& chain : chains_) {
    if (bytes.empty()) return;
    const std::uint64_t chain_bytes = chain.writable.size_bytes();
    if (offset >= chain_bytes) {
      offset -= chain_bytes;
      continue;
    }
    bytes = bytes.subspan(chain.writable.write(offset, bytes));
    offset = 0;
  }
}

std::size_t ReceiveBuffers::chains_for(std::uint64_t size_bytes) const {
  std::size_t count = 0;
  for (const DescriptorChain& chain : chains_) {
    if (size_bytes == 0) break;
    ++count;
    size_bytes -= std::min(size_bytes, chain.writable.size_bytes());
  }
  return count;
}

UsedChain ReceiveBuffers::take_first(std::uint64_t written_bytes) {
  assert(!chains_.empty());
  const DescriptorChain& chain = chains_.front();
  const std::uint64_t chain_bytes = chain.writable.size_bytes();
  // A chain has less than 4 GiB.
  const UsedChain used{chain.head, static_cast<std::uint32_t>(std::min(written_bytes, chain_bytes))};
  size_bytes_ -= chain_bytes;
  chains_.pop_front();
  return used;
}

} // namespace volt::virtio
