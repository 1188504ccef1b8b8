// Reads and writes through the overlay, a run of blocks at a time.
#include "devices/virtio/overlay_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace volt::virtio {

namespace {

constexpr unsigned base_file = 0;
constexpr unsigned overlay_file = 1;

} // namespace

void OverlayDisk::read(std::uint64_t offset, const BufferList& to, Done done) {
  begin({Request::Kind::read, offset, to.size_bytes(), to, false, std::move(done)});
}

void OverlayDisk::write(std::uint64_t offset, const BufferList& from, Done done) {
  begin({Request::Kind::write, offset, from.size_bytes(), from, false, std::move(done)});
}

void OverlayDisk::write_zeroes(std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap, Done done) {
  begin({Request::Kind::zero, offset, size_bytes, {}, may_unmap, std::move(done)});
}

void OverlayDisk::discard(std::uint64_t offset, std::uint64_t size_bytes, Done done) {
  begin({Request::Kind::discard, offset, size_bytes, {}, true, std::move(done)});
}

void OverlayDisk::begin(Request request) {
  step(std::make_shared<Request>(std::move(request)));
}

void OverlayDisk::step(const Shared& request) {
  if (request->left() == 0) return request->done(0);
  switch (request->kind) {
  case Request::Kind::read:
    return read_step(request);
  case Request::Kind::write:
  case Request::Kind::zero:
    return write_step(request);
  case Request::Kind::discard:
    return discard_step(request);
  }
}

void OverlayDisk::go_on(const Shared& request, std::uint64_t count, int host_errno) {
  if (host_errno != 0) return request->done(host_errno);
  request->position += count;
  step(request);
}

void OverlayDisk::read_step(const Shared& request) {
  const bool is_ours = map_.has(block_of(request->next()));
  const std::uint64_t count = run_bytes(*request, [&](std::uint64_t block) { return map_.has(block) == is_ours; });
  engine().start({.kind = IoOperation::Kind::read,
                  .file = is_ours ? overlay_file : base_file,
                  .offset = is_ours ? place_of(request->next()) : request->next(),
                  .buffers = data_of(*request, count),
                  .done = [this, request, count](int host_errno) { go_on(request, count, host_errno); }});
}

void OverlayDisk::write_step(const Shared& request) {
  const std::uint64_t block = block_of(request->next());
  if (map_.has(block)) {
    const std::uint64_t count = run_bytes(*request, [&](std::uint64_t other) { return map_.has(other); });
    return put(request, count, [this, request, count](int host_errno) { go_on(request, count, host_errno); });
  }
  if (is_locked(block)) return waiting_.push_back(request);
  if (!covers(*request, block)) return copy_up(request, block);
  const std::uint64_t count = run_bytes(
      *request, [&](std::uint64_t other) { return !map_.has(other) && !is_locked(other) && covers(*request, other); });
  put_new_blocks(request, {.first = block, .count = block_of(request->next() + count - 1) - block + 1}, count);
}

// What is not in the overlay stays as the base has it, and so do parts of blocks: a discard is only a hint.
void OverlayDisk::discard_step(const Shared& request) {
  const auto can_go = [&](std::uint64_t block) { return map_.has(block) && covers(*request, block); };
  const bool goes = can_go(block_of(request->next()));
  const std::uint64_t count = run_bytes(*request, [&](std::uint64_t block) { return can_go(block) == goes; });
  if (!goes) return go_on(request, count, 0);
  punch_range(engine(), overlay_file, place_of(request->next()), count,
              [this, request, count](int host_errno) { go_on(request, count, host_errno); });
}

/// Writes the next `count` bytes of the request to their place in the overlay.
void OverlayDisk::put(const Shared& request, std::uint64_t count, Done done) {
  const std::uint64_t place = place_of(request->next());
  if (request->kind == Request::Kind::zero)
    return zero_range(engine(), overlay_file, place, count, request->may_unmap, std::move(done));
  engine().start({.kind = IoOperation::Kind::write,
                  .file = overlay_file,
                  .offset = place,
                  .buffers = data_of(*request, count),
                  .done = std::move(done)});
}

void OverlayDisk::put_new_blocks(const Shared& request, Run run, std::uint64_t count) {
  locked_.push_back(run);
  put(request, count, [this, request, run, count](int host_errno) {
    if (host_errno == 0) map_.add(run.first, run.count);
    unlock(run);
    go_on(request, count, host_errno);
  });
}

/// A block of which the request has a part: the rest comes from the base.
void OverlayDisk::copy_up(const Shared& request, std::uint64_t block) {
  const Run run{.first = block, .count = 1};
  const std::uint64_t count = std::min(request->left(), end_of(block) - request->next());
  const auto whole = std::make_shared<std::vector<std::uint8_t>>(end_of(block) - start_of(block));
  const std::vector<iovec> buffers{{.iov_base = whole->data(), .iov_len = whole->size()}};
  locked_.push_back(run);
  const auto written = [this, request, run, count, whole](int host_errno) {
    if (host_errno == 0) map_.add(run.first, run.count);
    unlock(run);
    go_on(request, count, host_errno);
  };
  const auto fetched = [this, request, block, count, whole, buffers, written](int host_errno) {
    if (host_errno != 0) return written(host_errno);
    const auto part = std::span(*whole).subspan(request->next() - start_of(block), count);
    std::ranges::fill(part, std::uint8_t{0});
    static_cast<void>(request->data.read(request->position, part)); // zeroes have no data
    engine().start({.kind = IoOperation::Kind::write,
                    .file = overlay_file,
                    .offset = place_of(start_of(block)),
                    .buffers = buffers,
                    .done = written});
  };
  engine().start({.kind = IoOperation::Kind::read,
                  .file = base_file,
                  .offset = start_of(block),
                  .buffers = buffers,
                  .done = fetched});
}

std::vector<iovec> OverlayDisk::data_of(const Request& request, std::uint64_t count) const {
  return vectors_of(request.data.slice(request.position, count));
}

std::uint64_t OverlayDisk::end_of(std::uint64_t block) const {
  return std::min(start_of(block + 1), map_.layout().base_bytes);
}

template <typename IsWanted>
std::uint64_t OverlayDisk::run_bytes(const Request& request, const IsWanted& is_wanted) const {
  const std::uint64_t end = request.offset + request.size_bytes;
  std::uint64_t block = block_of(request.next());
  do {
    ++block;
  } while (start_of(block) < end && is_wanted(block));
  return std::min(start_of(block), end) - request.next();
}

bool OverlayDisk::covers(const Request& request, std::uint64_t block) const {
  return request.next() <= start_of(block) && request.offset + request.size_bytes >= end_of(block);
}

bool OverlayDisk::is_locked(std::uint64_t block) const {
  return std::ranges::any_of(locked_,
                             [&](const Run& run) { return block >= run.first && block - run.first < run.count; });
}

void OverlayDisk::unlock(Run run) {
  std::erase_if(locked_, [&](const Run& other) { return other.first == run.first; });
  for (const Shared& request : std::exchange(waiting_, {}))
    step(request);
}

} // namespace volt::virtio
