// File operations by io_uring.
#pragma once

#include <deque>
#include <liburing.h>
#include <optional>

#include "devices/virtio/io_engine.h"

namespace volt::virtio {

/// The ring can do no more than a disk needs: reads, writes, fdatasync and fallocate on the files that it was made
/// with. Whoever takes over the process cannot open anything by it.
class UringEngine : public IoEngine {
public:
  /// The kernel keeps the files by references of its own. Fails with EPERM, ENOSYS or EINVAL where the host allows no
  /// such ring.
  [[nodiscard]] static Result<std::unique_ptr<UringEngine>> create(std::span<const FileDescriptor> files,
                                                                   EventLoop& loop);
  ~UringEngine() override;

  void commit() override;

private:
  explicit UringEngine(EventLoop& loop) : loop_(loop) {}

  [[nodiscard]] Result<void> set_up(std::span<const FileDescriptor> files);
  void submit(Pending& pending) override;
  void wait() override;
  void prepare(Pending& pending);
  void reap();

  EventLoop& loop_;
  FileDescriptor completed_;
  io_uring ring_{};
  bool has_ring_ = false;
  /// Operations in the ring, from their preparation to their completion.
  unsigned in_ring_ = 0;
  std::deque<Pending*> backlog_;
  std::optional<EventLoop::TimerId> retry_;
};

} // namespace volt::virtio
