// Threads that move bytes between a queue and a descriptor of unknown kind.
//
// A descriptor may be a file, a pipe, a terminal or a socket, blocking or not, and shared with other processes: setting
// O_NONBLOCK would change it for them, and poll() promises nothing about the next write() when they write too. So each
// descriptor has a thread that may block in read() or write() for as long as it likes. Nobody joins such a thread: it
// ends with the process.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/byte_queue.h"
#include "base/result.h"
#include "vmm/flush_budget.h"

namespace volt {

/// Writes what comes out of a queue. A descriptor that has no space is tried again until it has; one that fails
/// otherwise is given up, and the rest of the queue is thrown away.
class OutputPump {
public:
  /// The queue and the pump must live as long as the process. `reserve_bytes`: disk space to hold ready for a regular
  /// file.
  [[nodiscard]] Result<void> start(const char* thread_name, ByteQueue& queue, int descriptor,
                                   std::size_t reserve_bytes = 0);

  /// After the queue was closed: waits until all is written, as long as the budget allows.
  void flush(FlushBudget& budget);

  /// Bytes that were thrown away so far.
  [[nodiscard]] std::uint64_t lost_bytes() const;

private:
  void run(ByteQueue& queue, int descriptor, std::size_t reserve_bytes);
  /// How many were written: fewer than all when the descriptor is of no use any more.
  [[nodiscard]] std::size_t write_whole(int descriptor, std::span<const std::uint8_t> bytes);

  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable progress_;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t lost_bytes_ = 0;
  bool finished_ = true;
};

/// Starts a thread that reads a descriptor and hands the bytes to `consume`, never more than `room` said last. It ends
/// with the descriptor, or when `room` gives 0.
class InputPump {
public:
  struct Sink {
    virtual ~Sink() = default;
    /// Waits until input is wanted and says how many bytes; 0 for never again.
    virtual std::size_t wait_for_room() = 0;
    virtual void consume(std::span<const std::uint8_t> bytes) = 0;
  };

  /// The sink must live as long as the process.
  [[nodiscard]] static Result<void> start(const char* thread_name, Sink& sink, int descriptor);
};

} // namespace volt
