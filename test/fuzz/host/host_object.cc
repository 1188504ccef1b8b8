// Counters and files.
#include "host/host_object.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace volt::test {

namespace {

// SAFETY: what a system call is given is the caller's to vouch for; ASan looks at each byte that is touched.
std::span<std::uint8_t> bytes_of(const iovec& vector) {
  return {static_cast<std::uint8_t*>(vector.iov_base), vector.iov_len};
}

} // namespace

ssize_t HostObject::read(std::span<const iovec>) {
  return -EINVAL;
}

ssize_t HostObject::write(std::span<const iovec>) {
  return -EINVAL;
}

int HostObject::control(unsigned long, void*) {
  return -ENOTTY;
}

std::size_t size_of(std::span<const iovec> vectors) {
  std::size_t sum = 0;
  for (const iovec& vector : vectors)
    sum += vector.iov_len;
  return sum;
}

std::size_t scatter(std::span<const std::uint8_t> bytes, std::span<const iovec> to) {
  std::size_t done = 0;
  for (const iovec& vector : to) {
    const std::size_t count = std::min(vector.iov_len, bytes.size() - done);
    if (count > 0) std::memcpy(bytes_of(vector).data(), bytes.data() + done, count);
    done += count;
  }
  return done;
}

std::vector<std::uint8_t> gather(std::span<const iovec> from, std::size_t maximum_bytes) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(std::min(size_of(from), maximum_bytes));
  for (const iovec& vector : from) {
    const auto piece = bytes_of(vector).first(std::min(vector.iov_len, maximum_bytes - bytes.size()));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

std::uint32_t HostCounter::ready() const {
  return count_ > 0 ? EPOLLIN | EPOLLOUT : EPOLLOUT;
}

ssize_t HostCounter::read(std::span<const iovec> to) {
  if (count_ == 0) return -EAGAIN;
  std::uint8_t bytes[sizeof count_];
  std::memcpy(bytes, &count_, sizeof count_);
  count_ = 0;
  return static_cast<ssize_t>(scatter(bytes, to));
}

ssize_t HostCounter::write(std::span<const iovec> from) {
  const auto bytes = gather(from, sizeof count_);
  std::uint64_t more = 0;
  std::memcpy(&more, bytes.data(), bytes.size());
  count_ += more;
  edge();
  return static_cast<ssize_t>(bytes.size());
}

ssize_t HostFile::read_at(std::span<const iovec> to, std::size_t offset) const {
  if (offset >= bytes_.size()) return 0;
  return static_cast<ssize_t>(scatter(std::span(bytes_).subspan(offset), to));
}

ssize_t HostFile::write_at(std::span<const iovec> from, std::size_t offset) {
  const std::size_t end = offset + size_of(from);
  if (end > bytes_.size()) bytes_.resize(end);
  for (const iovec& vector : from) {
    const auto piece = bytes_of(vector);
    if (!piece.empty()) std::memcpy(bytes_.data() + offset, piece.data(), piece.size());
    offset += piece.size();
  }
  return static_cast<ssize_t>(size_of(from));
}

int HostFile::punch(std::size_t offset, std::size_t size_bytes) {
  if (offset >= bytes_.size()) return 0;
  std::memset(bytes_.data() + offset, 0, std::min(size_bytes, bytes_.size() - offset));
  return 0;
}

} // namespace volt::test
