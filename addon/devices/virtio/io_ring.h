// A ring of io_uring that can do no more than a disk needs.
#pragma once

#include <liburing.h>
#include <memory>
#include <span>

#include "base/file_descriptor.h"

namespace volt::virtio {

/// Reads, writes, fdatasync and fallocate on the files that it was made with, and nothing that would change that:
/// whoever takes over the process cannot open anything by it. Used on one thread at a time.
class IoRing {
public:
  static constexpr unsigned entries = 256;

  /// The kernel keeps the files by references of its own. Fails with EPERM, ENOSYS or EINVAL where the host allows no
  /// such ring.
  [[nodiscard]] static Result<std::shared_ptr<IoRing>> create(std::span<const FileDescriptor> files);
  IoRing(const IoRing&) = delete;
  IoRing& operator=(const IoRing&) = delete;
  ~IoRing();

  [[nodiscard]] io_uring* handle() { return &ring_; }
  /// Event counter that is readable when operations have ended.
  [[nodiscard]] const FileDescriptor& completed() const { return completed_; }

private:
  IoRing() = default;
  [[nodiscard]] Result<void> set_up(std::span<const FileDescriptor> files);

  io_uring ring_{};
  FileDescriptor completed_;
  bool is_made_ = false;
};

} // namespace volt::virtio
