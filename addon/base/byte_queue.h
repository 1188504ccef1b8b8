// A bounded queue of bytes between two threads: it never grows, and only its consumer ever waits for data.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

namespace volt {

/// Has bytes for a queue that do not come by themselves at once.
class LateProducer {
public:
  virtual ~LateProducer() = default;
  /// Pushes them. On the thread of the queue's consumer; may use the queue, but not wait for it.
  virtual void catch_up() = 0;
};

/// All functions may be called from any thread.
class ByteQueue {
public:
  /// After a first byte pop_wait() waits up to `gather` for more: whoever writes byte by byte wakes its reader seldom.
  explicit ByteQueue(std::size_t capacity_bytes, std::chrono::milliseconds gather = {});

  /// Takes as many of the first bytes as fit and says how many; 0 when closed. Never blocks.
  [[nodiscard]] std::size_t push(std::span<const std::uint8_t> bytes);
  /// Takes all the bytes, or none where fewer than `spare_bytes` would stay free. Never blocks.
  [[nodiscard]] bool push_whole(std::span<const std::uint8_t> bytes, std::size_t spare_bytes = 0);
  /// Moves up to `bytes.size()` bytes out and says how many. Never blocks.
  [[nodiscard]] std::size_t pop(std::span<std::uint8_t> bytes);
  /// As pop(), but waits for data up to `patience`; 0 also when closed and empty, and after wake_consumer(). Of one
  /// consumer.
  [[nodiscard]] std::size_t pop_wait(std::span<std::uint8_t> bytes, std::chrono::milliseconds patience);
  /// Waits until a byte fits and says how many do; 0 when closed.
  [[nodiscard]] std::size_t wait_for_room();

  /// From now on pop_wait() has `producer` catch up at intervals, however busy others keep the queue, and returns 0
  /// once to begin with it; null ends that. A call under way may still come to its end, for which it keeps the
  /// producer.
  void await_late(std::shared_ptr<LateProducer> producer, std::chrono::milliseconds interval = {});

  /// Ends one pop_wait(), under way or the next, though there is no data: the consumer has something else to look at.
  void wake_consumer();
  /// No more bytes are taken in; those inside can still be popped. Wakes every waiter.
  void close();
  [[nodiscard]] bool empty() const;
  /// Closed and empty: nothing will ever come out again.
  [[nodiscard]] bool exhausted() const;

private:
  using Clock = std::chrono::steady_clock;

  bool wait_for_wanted(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience);
  void catch_up(std::unique_lock<std::mutex>& lock);
  std::size_t push_locked(std::span<const std::uint8_t> bytes);
  std::size_t pop_locked(std::span<std::uint8_t> bytes);

  const std::size_t capacity_;
  const std::chrono::milliseconds gather_;
  const std::unique_ptr<std::uint8_t[]> bytes_;
  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable has_data_;
  std::condition_variable has_room_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t wanted_ = 1; // bytes that a waiting consumer is woken for
  bool closed_ = false;
  bool woken_ = false;
  std::shared_ptr<LateProducer> late_producer_;
  std::chrono::milliseconds late_interval_{};
  Clock::time_point next_catch_up_;
};

} // namespace volt
