// Pieces of memory for one readv(2), writev(2) or sendmsg(2).
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <span>
#include <sys/uio.h>

namespace volt::virtio {

/// 16 KiB: one to keep, not to make for each call.
class IoVectors {
public:
  /// UIO_MAXIOV: a call takes no more.
  static constexpr std::size_t maximum_count = 1024;

  void clear() {
    count_ = 0;
    size_bytes_ = 0;
  }
  /// Only while room() is above 0.
  void append(std::span<const std::uint8_t> piece) {
    assert(count_ < maximum_count);
    // SAFETY: iovec has no const; who reads into the pieces appended those that may be written.
    vectors_[count_++] = {.iov_base = const_cast<std::uint8_t*>(piece.data()), .iov_len = piece.size()};
    size_bytes_ += piece.size();
  }

  [[nodiscard]] std::size_t room() const { return maximum_count - count_; }
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] iovec* data() { return vectors_.data(); }
  [[nodiscard]] int count() const { return static_cast<int>(count_); }

private:
  std::array<iovec, maximum_count> vectors_; // what is behind count_ is never looked at
  std::size_t count_ = 0;
  std::size_t size_bytes_ = 0;
};

} // namespace volt::virtio
