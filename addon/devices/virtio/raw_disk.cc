// Each request is one operation.
#include "devices/virtio/raw_disk.h"

namespace volt::virtio {

namespace {
constexpr unsigned image = 0;
}

void RawDisk::read(std::uint64_t offset, const BufferList& to, Done done) {
  engine().start({.kind = IoOperation::Kind::read,
                  .file = image,
                  .offset = offset,
                  .buffers = vectors_of(to),
                  .done = std::move(done)});
}

void RawDisk::write(std::uint64_t offset, const BufferList& from, Done done) {
  engine().start({.kind = IoOperation::Kind::write,
                  .file = image,
                  .offset = offset,
                  .buffers = vectors_of(from),
                  .done = std::move(done)});
}

void RawDisk::flush(Done done) {
  if (flush_ == Flush::does_nothing) return done(0);
  engine().start({.kind = IoOperation::Kind::sync, .file = image, .done = std::move(done)});
}

void RawDisk::discard(std::uint64_t offset, std::uint64_t size_bytes, Done done) {
  punch_range(engine(), image, offset, size_bytes, std::move(done));
}

void RawDisk::write_zeroes(std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap, Done done) {
  zero_range(engine(), image, offset, size_bytes, may_unmap, std::move(done));
}

} // namespace volt::virtio
