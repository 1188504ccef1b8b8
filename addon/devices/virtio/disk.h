// What a block device keeps its data in: bytes at offsets, read and written without waiting.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "devices/virtio/buffer_list.h"
#include "devices/virtio/io_engine.h"

namespace volt::virtio {

/// Used on its engine's loop. Ranges lie within the disk and are not empty; buffers stay until the end, which `done`
/// tells with 0 or an errno.
class Disk {
public:
  using Done = std::function<void(int host_errno)>;

  explicit Disk(std::unique_ptr<IoEngine> engine) : engine_(std::move(engine)) {}
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  virtual void read(std::uint64_t offset, const BufferList& to, Done done) = 0;
  virtual void write(std::uint64_t offset, const BufferList& from, Done done) = 0;
  /// Everything that was written and had ended before is durable when it ends.
  virtual void flush(Done done) = 0;
  /// The range's data are no longer wanted; a file system that cannot give them up is no failure.
  virtual void discard(std::uint64_t offset, std::uint64_t size_bytes, Done done) = 0;
  /// The range reads as zeros; with `may_unmap` it need not take up space.
  virtual void write_zeroes(std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap, Done done) = 0;

  /// Ends everything that is under way, each with its `done`: nothing new starts, what cannot be ended is waited for.
  /// What the disk knows is in its file then.
  virtual void come_to_rest() = 0;

  [[nodiscard]] IoEngine& engine() { return *engine_; }

private:
  const std::unique_ptr<IoEngine> engine_;
};

/// Makes a range of a file read as zeros: by a hole or unwritten extents where the file system can, else by writing.
void zero_range(IoEngine& engine, unsigned file, std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap,
                Disk::Done done);

/// Gives a range of a file up; succeeds without it where the file system cannot.
void punch_range(IoEngine& engine, unsigned file, std::uint64_t offset, std::uint64_t size_bytes, Disk::Done done);

} // namespace volt::virtio
