// Buffers of a receive queue that were taken and wait for frames.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "devices/virtio/io_vectors.h"
#include "devices/virtio/split_queue.h"

namespace volt::virtio {

/// Chains in the order in which they were taken, seen as one string of writable bytes.
class ReceiveBuffers {
public:
  void add(DescriptorChain chain);
  void clear();

  [[nodiscard]] std::size_t count() const { return chains_.size(); }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] std::vector<std::uint16_t> heads() const;

  /// Appends the bytes from `offset` on, as far as `vectors` has room for pieces but for `spared` of them.
  void append_room(std::uint64_t offset, IoVectors& vectors, std::size_t spared) const;
  /// Copies as much as there is room for.
  void write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const;
  /// How many chains `size_bytes` take; not more than there are.
  [[nodiscard]] std::size_t chains_for(std::uint64_t size_bytes) const;

  /// Gives up the first chain, of which up to `written_bytes` were used. Only while there is one.
  UsedChain take_first(std::uint64_t written_bytes);

private:
  std::deque<DescriptorChain> chains_;
  std::uint64_t size_bytes_ = 0;
};

} // namespace volt::virtio
