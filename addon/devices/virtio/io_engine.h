// Reading and writing files without waiting: what disks are made of, by io_uring or by threads.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <sys/uio.h>
#include <vector>

#include "devices/virtio/buffer_list.h"
#include "devices/virtio/event_loop.h"
#include "devices/virtio/ring_shelf.h"

namespace volt::virtio {

struct IoOperation {
  /// sync is fdatasync; punch and zero are fallocate's PUNCH_HOLE and ZERO_RANGE, both without a change of size.
  enum class Kind { read, write, sync, punch, zero };

  Kind kind = Kind::read;
  /// Index into the engine's files.
  unsigned file = 0;
  std::uint64_t offset = 0;
  /// punch and zero only.
  std::uint64_t size_bytes = 0;
  /// read and write only; their memory stays until the end.
  std::vector<iovec> buffers = {};
  /// Gets 0, or the errno of the failure; EIO where a file ends too early, ECANCELED where the engine was told to.
  std::function<void(int host_errno)> done = {};
};

/// The pieces of a request's data for IoOperation::buffers.
[[nodiscard]] std::vector<iovec> vectors_of(const BufferList& buffers);

/// Used on its loop's thread. Operations run at the same time and end in any order, each wholly or with an error.
class IoEngine {
public:
  IoEngine() = default;
  IoEngine(const IoEngine&) = delete;
  IoEngine& operator=(const IoEngine&) = delete;
  virtual ~IoEngine() = default;

  /// `done` comes later on a round of the loop, or at once with ECANCELED from within cancel_all().
  void start(IoOperation operation);
  /// What was started goes to the kernel now: after a batch.
  virtual void commit() = 0;
  /// Called after each batch of `done`s outside finish_all() and cancel_all().
  void on_batch(std::function<void()> handler) { on_batch_ = std::move(handler); }

  /// Waits until nothing is under way, what the `done`s start included.
  void finish_all();
  /// As finish_all(), but nothing new starts: it ends with ECANCELED.
  void cancel_all();

  [[nodiscard]] std::size_t under_way() const { return pending_.size(); }

protected:
  struct Pending {
    IoOperation operation;
    /// Buffers before this one are done.
    std::size_t first_buffer = 0;
    std::list<Pending>::iterator self;
    /// For the engine, between the system call and settle().
    std::int64_t result = 0;
    Pending* next = nullptr;

    /// What is left of the buffers, as many as a system call takes.
    [[nodiscard]] std::span<const iovec> left() const;
  };

  /// Hands the operation over; settle() follows on the loop's thread, at the earliest when commit() was called.
  virtual void submit(Pending& pending) = 0;
  /// Waits for the end of one at least, and settles it.
  virtual void wait() = 0;

  /// The kernel's answer: the bytes or 0, or an errno made negative. Calls `done`, or submits what is left.
  void settle(Pending& pending, std::int64_t result);
  void batch_ended();

private:
  void end(Pending& pending, int host_errno);

  std::list<Pending> pending_;
  std::function<void()> on_batch_;
  bool is_cancelling_ = false;
};

/// The system call itself, for engines that may block; as settle() wants its result.
[[nodiscard]] std::int64_t perform(const IoOperation& operation, std::span<const iovec> buffers, int descriptor);

/// io_uring where the host allows it, by the ring of that name, otherwise threads. `files` are taken over; `loop` must
/// outlive the engine.
[[nodiscard]] Result<std::unique_ptr<IoEngine>>
make_io_engine(const std::string& name, std::vector<FileDescriptor> files, RingShelf& rings, EventLoop& loop);

} // namespace volt::virtio
