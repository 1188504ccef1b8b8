// Named threads that take no signal of the process's but the kick, by which a blocking system call is interrupted.
#pragma once

#include <functional>
#include <pthread.h>
#include <sched.h>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace volt {

/// What a thread is for.
enum class ThreadKind { device, vcpu };

/// Joined or abandoned before it is destroyed.
class Thread {
public:
  /// Starts `body` on a thread called `name` (at most 15 bytes) with every signal but the kick blocked.
  [[nodiscard]] static Result<Thread> start(const std::string& name, std::function<void()> body,
                                            ThreadKind kind = ThreadKind::device);

  /// Called on each thread that starts from now on, before its body; what it returns is 0, or the errno by which
  /// start() fails. To be called while there is one thread.
  using Guard = int (*)(ThreadKind);
  static void set_guard(Guard guard);

  Thread() = default;
  Thread(Thread&& other) noexcept : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  /// Has it run on these processors of the host and no others; the thread has to exist still.
  [[nodiscard]] Result<void> pin(std::span<const cpu_set_t> processors) const;
  /// Makes a system call in which the thread blocks return EINTR; the thread has to exist still (not joined).
  void kick() const;
  /// Waits for the thread's end; nothing to do for one that was joined before.
  void join();
  /// Gives the thread up: it goes on until its end or the process's, and must use nothing that dies before.
  void abandon();

private:
  explicit Thread(pthread_t handle) : handle_(handle), joinable_(true) {}

  pthread_t handle_ = 0;
  bool joinable_ = false;
};

} // namespace volt
