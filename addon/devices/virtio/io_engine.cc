// What all engines share: operations that end in several parts, and waiting for the last.
#include "devices/virtio/io_engine.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

#include "devices/virtio/thread_pool_engine.h"
#include "devices/virtio/uring_engine.h"

namespace volt::virtio {

namespace {

constexpr std::size_t maximum_vectors = 1024; // UIO_MAXIOV

bool has_buffers(const IoOperation& operation) {
  return operation.kind == IoOperation::Kind::read || operation.kind == IoOperation::Kind::write;
}

/// The host has no io_uring for us: an old kernel, a seccomp filter or a sysctl.
bool is_forbidden(const Error& error) {
  const int refusals[] = {EPERM, EACCES, ENOSYS, EINVAL};
  return std::ranges::count(refusals, error.host_errno) > 0;
}

} // namespace

std::vector<iovec> vectors_of(const BufferList& buffers) {
  std::vector<iovec> vectors;
  vectors.reserve(buffers.pieces().size());
  for (const std::span<std::uint8_t>& piece : buffers.pieces())
    vectors.push_back({.iov_base = piece.data(), .iov_len = piece.size()});
  return vectors;
}

std::span<const iovec> IoEngine::Pending::left() const {
  const auto rest = std::span(operation.buffers).subspan(first_buffer);
  return rest.first(std::min(rest.size(), maximum_vectors));
}

void IoEngine::start(IoOperation operation) {
  assert(!has_buffers(operation) || !operation.buffers.empty());
  if (is_cancelling_) return operation.done(ECANCELED);
  pending_.push_front({.operation = std::move(operation), .self = {}});
  Pending& pending = pending_.front();
  pending.self = pending_.begin();
  submit(pending);
}

void IoEngine::finish_all() {
  while (!pending_.empty()) {
    commit();
    wait();
  }
}

void IoEngine::cancel_all() {
  is_cancelling_ = true;
  finish_all();
  is_cancelling_ = false;
}

void IoEngine::settle(Pending& pending, std::int64_t result) {
  IoOperation& operation = pending.operation;
  if (result == -EINTR || result == -EAGAIN) return is_cancelling_ ? end(pending, ECANCELED) : submit(pending);
  if (result < 0) return end(pending, static_cast<int>(-result));
  if (!has_buffers(operation)) return end(pending, 0);
  if (result == 0) return end(pending, EIO);
  auto count = static_cast<std::uint64_t>(result);
  operation.offset += count;
  while (count > 0) {
    iovec& buffer = operation.buffers[pending.first_buffer];
    const std::size_t taken = std::min<std::size_t>(buffer.iov_len, count);
    buffer.iov_base = static_cast<std::uint8_t*>(buffer.iov_base) + taken;
    buffer.iov_len -= taken;
    count -= taken;
    if (buffer.iov_len == 0) ++pending.first_buffer;
  }
  if (pending.first_buffer == operation.buffers.size()) return end(pending, 0);
  if (is_cancelling_) return end(pending, ECANCELED);
  submit(pending);
}

// `done` may start another, so the old one is gone first.
void IoEngine::end(Pending& pending, int host_errno) {
  const auto done = std::move(pending.operation.done);
  pending_.erase(pending.self);
  done(host_errno);
}

void IoEngine::batch_ended() {
  if (on_batch_) on_batch_();
  commit();
}

std::int64_t perform(const IoOperation& operation, std::span<const iovec> buffers, int descriptor) {
  const auto offset = static_cast<off_t>(operation.offset);
  const auto size = static_cast<off_t>(operation.size_bytes);
  std::int64_t result = -1;
  switch (operation.kind) {
  case IoOperation::Kind::read:
    result = preadv(descriptor, buffers.data(), static_cast<int>(buffers.size()), offset);
    break;
  case IoOperation::Kind::write:
    result = pwritev(descriptor, buffers.data(), static_cast<int>(buffers.size()), offset);
    break;
  case IoOperation::Kind::sync:
    result = fdatasync(descriptor);
    break;
  case IoOperation::Kind::punch:
    result = fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, size);
    break;
  case IoOperation::Kind::zero:
    result = fallocate(descriptor, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, size);
    break;
  }
  return result < 0 ? -errno : result;
}

Result<std::unique_ptr<IoEngine>> make_io_engine(const std::string& name, std::vector<FileDescriptor> files,
                                                 RingShelf& rings, EventLoop& loop) {
  auto ring = rings.ring(name, files);
  if (ring.ok()) return std::unique_ptr<IoEngine>(TRY(UringEngine::create(std::move(ring).value(), loop)));
  if (!is_forbidden(ring.error())) return std::move(ring).error();
  return std::unique_ptr<IoEngine>(TRY(ThreadPoolEngine::create(std::move(files), loop)));
}

} // namespace volt::virtio
