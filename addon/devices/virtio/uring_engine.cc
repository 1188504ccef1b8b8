// Submissions and completions.
#include "devices/virtio/uring_engine.h"

#include <cassert>
#include <cerrno>
#include <linux/falloc.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace volt::virtio {

namespace {

constexpr std::chrono::milliseconds retry_after{1};

} // namespace

Result<std::unique_ptr<UringEngine>> UringEngine::create(std::shared_ptr<IoRing> ring, EventLoop& loop) {
  std::unique_ptr<UringEngine> engine(new UringEngine(std::move(ring), loop));
  TRY(engine->watch());
  return engine;
}

Result<void> UringEngine::watch() {
  return loop_.watch(ring_->completed().get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t count = 0;
    // The ring says how many there are.
    static_cast<void>(::read(ring_->completed().get(), &count, sizeof count));
    reap();
    batch_ended();
  });
}

UringEngine::~UringEngine() {
  loop_.call([this] {
    loop_.unwatch(ring_->completed().get());
    if (retry_) loop_.cancel_timer(*retry_);
  });
  assert(in_ring_ == 0);
}

void UringEngine::submit(Pending& pending) {
  // Completions never overflow: there is room for twice as many as submissions.
  if (in_ring_ == IoRing::entries) {
    backlog_.push_back(&pending);
  } else {
    prepare(pending);
  }
}

void UringEngine::prepare(Pending& pending) {
  io_uring_sqe* entry = io_uring_get_sqe(ring_->handle());
  assert(entry != nullptr);
  ++in_ring_;
  const IoOperation& operation = pending.operation;
  const auto file = static_cast<int>(operation.file);
  const auto buffers = pending.left();
  switch (operation.kind) {
  case IoOperation::Kind::read:
    io_uring_prep_readv(entry, file, buffers.data(), static_cast<unsigned>(buffers.size()), operation.offset);
    break;
  case IoOperation::Kind::write:
    io_uring_prep_writev(entry, file, buffers.data(), static_cast<unsigned>(buffers.size()), operation.offset);
    break;
  case IoOperation::Kind::sync:
    io_uring_prep_fsync(entry, file, IORING_FSYNC_DATASYNC);
    break;
  case IoOperation::Kind::punch:
  case IoOperation::Kind::zero: {
    const int mode = operation.kind == IoOperation::Kind::punch ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
    io_uring_prep_fallocate(entry, file, mode | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(operation.offset),
                            static_cast<off_t>(operation.size_bytes));
    break;
  }
  }
  io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data(entry, &pending);
}

void UringEngine::commit() {
  if (io_uring_sq_ready(ring_->handle()) == 0) return;
  if (io_uring_submit(ring_->handle()) >= 0) return;
  // The kernel is short of memory for the moment; what was not taken stays in the ring.
  if (retry_) loop_.cancel_timer(*retry_);
  retry_ = loop_.set_timer(EventLoop::Clock::now() + retry_after, [this] { commit(); });
}

void UringEngine::wait() {
  static_cast<void>(io_uring_submit_and_wait(ring_->handle(), 1)); // after EINTR there may be nothing
  reap();
}

void UringEngine::reap() {
  io_uring_cqe* completion = nullptr;
  while (io_uring_peek_cqe(ring_->handle(), &completion) == 0) {
    auto* pending = static_cast<Pending*>(io_uring_cqe_get_data(completion));
    const int result = completion->res;
    io_uring_cqe_seen(ring_->handle(), completion);
    --in_ring_;
    settle(*pending, result);
    while (!backlog_.empty() && in_ring_ < IoRing::entries) {
      Pending* next = backlog_.front();
      backlog_.pop_front();
      prepare(*next);
    }
  }
}

} // namespace volt::virtio
