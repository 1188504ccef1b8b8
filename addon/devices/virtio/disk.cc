// Zeros and holes in files, with what to do where a file system has no holes.
#include "devices/virtio/disk.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace volt::virtio {

namespace {

constexpr std::size_t zero_page_bytes = 65536;
constexpr std::size_t zero_chunk_bytes = 16 * zero_page_bytes;
const std::array<std::uint8_t, zero_page_bytes> zero_page{};

bool is_unsupported(int host_errno) {
  return host_errno == EOPNOTSUPP || host_errno == ENOSYS;
}

// SAFETY: writev only reads from its buffers.
std::vector<iovec> zeros(std::uint64_t size_bytes) {
  std::vector<iovec> vectors;
  for (; size_bytes > 0; size_bytes -= vectors.back().iov_len)
    vectors.push_back({.iov_base = const_cast<std::uint8_t*>(zero_page.data()),
                       .iov_len = std::min<std::uint64_t>(size_bytes, zero_page.size())});
  return vectors;
}

void write_zero_chunks(IoEngine& engine, unsigned file, std::uint64_t offset, std::uint64_t size_bytes,
                       Disk::Done done) {
  const std::uint64_t count = std::min<std::uint64_t>(size_bytes, zero_chunk_bytes);
  const auto go_on = [&engine, file, offset = offset + count, left = size_bytes - count,
                      done = std::move(done)](int host_errno) {
    if (host_errno != 0 || left == 0) return done(host_errno);
    write_zero_chunks(engine, file, offset, left, done);
  };
  engine.start(
      {.kind = IoOperation::Kind::write, .file = file, .offset = offset, .buffers = zeros(count), .done = go_on});
}

} // namespace

void zero_range(IoEngine& engine, unsigned file, std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap,
                Disk::Done done) {
  const auto ended = [&engine, file, offset, size_bytes, done = std::move(done)](int host_errno) {
    if (!is_unsupported(host_errno)) return done(host_errno);
    write_zero_chunks(engine, file, offset, size_bytes, done);
  };
  const auto kind = may_unmap ? IoOperation::Kind::punch : IoOperation::Kind::zero;
  engine.start({.kind = kind, .file = file, .offset = offset, .size_bytes = size_bytes, .done = ended});
}

void punch_range(IoEngine& engine, unsigned file, std::uint64_t offset, std::uint64_t size_bytes, Disk::Done done) {
  const auto ended = [done = std::move(done)](int host_errno) { done(is_unsupported(host_errno) ? 0 : host_errno); };
  engine.start(
      {.kind = IoOperation::Kind::punch, .file = file, .offset = offset, .size_bytes = size_bytes, .done = ended});
}

} // namespace volt::virtio
