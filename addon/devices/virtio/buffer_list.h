// The bytes of one direction of a request: pieces of guest memory, seen as one string of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace volt::virtio {

/// Points into guest memory, which the guest may change at any time: copy what is to be checked, once.
class BufferList {
public:
  void append(std::span<std::uint8_t> piece);

  [[nodiscard]] std::span<const std::span<std::uint8_t>> pieces() const { return pieces_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  /// Copies up to `to.size()` bytes from `offset` on; says how many there were.
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::uint8_t> to) const;
  /// Copies up to `from.size()` bytes to `offset` and behind; says for how many there was room.
  [[nodiscard]] std::size_t write(std::uint64_t offset, std::span<const std::uint8_t> from) const;
  /// The part from `offset` on, at most `size_bytes` long.
  [[nodiscard]] BufferList slice(std::uint64_t offset, std::uint64_t size_bytes) const;

private:
  std::vector<std::span<std::uint8_t>> pieces_;
  std::uint64_t size_bytes_ = 0;
};

} // namespace volt::virtio
