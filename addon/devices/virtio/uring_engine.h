// File operations by io_uring.
#pragma once

#include <deque>
#include <optional>

#include "devices/virtio/io_engine.h"
#include "devices/virtio/io_ring.h"

namespace volt::virtio {

/// Leaves its ring at rest, for the next engine.
class UringEngine : public IoEngine {
public:
  /// No other engine uses the ring meanwhile.
  [[nodiscard]] static Result<std::unique_ptr<UringEngine>> create(std::shared_ptr<IoRing> ring, EventLoop& loop);
  ~UringEngine() override;

  void commit() override;

private:
  UringEngine(std::shared_ptr<IoRing> ring, EventLoop& loop) : ring_(std::move(ring)), loop_(loop) {}

  [[nodiscard]] Result<void> watch();
  void submit(Pending& pending) override;
  void wait() override;
  void prepare(Pending& pending);
  void reap();

  const std::shared_ptr<IoRing> ring_;
  EventLoop& loop_;
  /// Operations in the ring, from their preparation to their completion.
  unsigned in_ring_ = 0;
  std::deque<Pending*> backlog_;
  std::optional<EventLoop::TimerId> retry_;
};

} // namespace volt::virtio
