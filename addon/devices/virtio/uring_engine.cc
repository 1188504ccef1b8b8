// The ring's set-up, submissions and completions.
#include "devices/virtio/uring_engine.h"

#include <array>
#include <cassert>
#include <cerrno>
#include <linux/falloc.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/fault.h"

namespace volt::virtio {

namespace {

constexpr unsigned ring_entries = 256;
constexpr std::chrono::milliseconds retry_after{1};

/// The result of a liburing call, which is an errno made negative.
Result<void> check(int result, const char* attempted) {
  if (result < 0) return host_error(-result, attempted);
  return {};
}

std::array<io_uring_restriction, 6> restrictions() {
  std::array<io_uring_restriction, 6> list{};
  const std::array<std::uint8_t, 4> operations{IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_FALLOCATE};
  for (std::size_t index = 0; index < operations.size(); ++index) {
    list[index].opcode = IORING_RESTRICTION_SQE_OP;
    list[index].sqe_op = operations[index];
  }
  list[4].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  list[4].sqe_flags = IOSQE_FIXED_FILE;
  list[5].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
  list[5].sqe_flags = IOSQE_FIXED_FILE;
  return list;
}

} // namespace

Result<std::unique_ptr<UringEngine>> UringEngine::create(std::span<const FileDescriptor> files, EventLoop& loop) {
  std::unique_ptr<UringEngine> engine(new UringEngine(loop));
  TRY(engine->set_up(files));
  return engine;
}

// Nothing can be submitted before the last step, by when the ring is restricted: no register operation is left, and of
// the others only those listed, on registered files.
Result<void> UringEngine::set_up(std::span<const FileDescriptor> files) {
  const int made = fault::strikes() ? -ENOMEM : io_uring_queue_init(ring_entries, &ring_, IORING_SETUP_R_DISABLED);
  TRY(check(made, "create an I/O ring (io_uring)"));
  has_ring_ = true;
  std::vector<int> descriptors;
  for (const FileDescriptor& file : files)
    descriptors.push_back(file.get());
  TRY(check(io_uring_register_files(&ring_, descriptors.data(), static_cast<unsigned>(descriptors.size())),
            "register files with an I/O ring"));
  completed_ = TRY(FileDescriptor::event_counter());
  TRY(check(io_uring_register_eventfd(&ring_, completed_.get()), "register an event with an I/O ring"));
  auto list = restrictions();
  TRY(check(io_uring_register_restrictions(&ring_, list.data(), static_cast<unsigned>(list.size())),
            "restrict an I/O ring"));
  TRY(check(io_uring_enable_rings(&ring_), "enable an I/O ring"));
  return loop_.watch(completed_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t count = 0;
    static_cast<void>(::read(completed_.get(), &count, sizeof count)); // the ring says how many there are
    reap();
    batch_ended();
  });
}

UringEngine::~UringEngine() {
  loop_.call([this] {
    if (completed_.valid()) loop_.unwatch(completed_.get());
    if (retry_) loop_.cancel_timer(*retry_);
  });
  assert(in_ring_ == 0);
  if (has_ring_) io_uring_queue_exit(&ring_);
}

void UringEngine::submit(Pending& pending) {
  // Completions never overflow: there is room for twice as many as submissions.
  if (in_ring_ == ring_entries) {
    backlog_.push_back(&pending);
  } else {
    prepare(pending);
  }
}

void UringEngine::prepare(Pending& pending) {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
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
  if (io_uring_sq_ready(&ring_) == 0) return;
  if (io_uring_submit(&ring_) >= 0) return;
  // The kernel is short of memory for the moment; what was not taken stays in the ring.
  if (retry_) loop_.cancel_timer(*retry_);
  retry_ = loop_.set_timer(EventLoop::Clock::now() + retry_after, [this] { commit(); });
}

void UringEngine::wait() {
  static_cast<void>(io_uring_submit_and_wait(&ring_, 1)); // after EINTR there may be nothing
  reap();
}

void UringEngine::reap() {
  io_uring_cqe* completion = nullptr;
  while (io_uring_peek_cqe(&ring_, &completion) == 0) {
    auto* pending = static_cast<Pending*>(io_uring_cqe_get_data(completion));
    const int result = completion->res;
    io_uring_cqe_seen(&ring_, completion);
    --in_ring_;
    settle(*pending, result);
    while (!backlog_.empty() && in_ring_ < ring_entries) {
      Pending* next = backlog_.front();
      backlog_.pop_front();
      prepare(*next);
    }
  }
}

} // namespace volt::virtio
