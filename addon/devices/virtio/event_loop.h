// The thread on which everything of one device model happens: descriptors, timers, and work from other threads.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "base/thread.h"

namespace volt::virtio {

/// epoll with a thread of its own from start() to stop(). Before and after, whoever calls is the loop's thread for that
/// long, one at a time: so a test drives a loop by hand with turn(), and a device is set up before its thread exists.
class EventLoop {
public:
  using Clock = std::chrono::steady_clock;
  using TimerId = std::uint64_t;
  using Task = std::function<void()>;
  /// Gets the events (EPOLLIN, EPOLLOUT, EPOLLHUP, …) that are ready.
  using Handler = std::function<void(std::uint32_t events)>;

  [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Once. `on_failure` is called on the loop's thread when a handler, timer or posted task runs out of memory.
  [[nodiscard]] Result<void> start(const std::string& name, std::function<void(const Error&)> on_failure);
  /// Ends and joins the thread; calls under way are served first. Not from the loop's thread. Any number of times.
  void stop();

  // From any thread.

  /// Runs `task` on the loop's thread and waits for its end; at once where the caller is on it. What `task` throws
  /// comes out here. Takes no memory.
  void call(const Task& task);
  /// Runs `task` on the loop's thread some time later; never after stop().
  void post(Task task);
  /// Whether the caller is on the loop's thread.
  [[nodiscard]] bool is_current() const { return owner_.load() == std::this_thread::get_id(); }

  // On the loop's thread.

  /// Calls `handler` while one of `events` is ready (level triggered). The descriptor stays the caller's and is watched
  /// once at most.
  [[nodiscard]] Result<void> watch(int descriptor, std::uint32_t events, Handler handler);
  /// Other events for a descriptor that is watched; 0 to pause.
  [[nodiscard]] Result<void> change_watch(int descriptor, std::uint32_t events);
  /// Its handler is not called again, not even for what was ready already. Before the descriptor is closed.
  void unwatch(int descriptor);

  [[nodiscard]] TimerId set_timer(Clock::time_point when, Task task);
  /// Nothing to do for one that has run.
  void cancel_timer(TimerId timer);

  /// One round of a loop without a thread: waits up to `patience` for something to do, and does it.
  void turn(std::chrono::milliseconds patience = std::chrono::milliseconds(0));

private:
  struct Watch {
    int descriptor;
    Handler handler;
  };
  struct Call {
    const Task& task;
    bool done = false;
    std::exception_ptr thrown = nullptr;
    Call* next = nullptr;
  };
  enum class State { by_hand, running, stopping, stopped };

  EventLoop(FileDescriptor epoll, FileDescriptor wake) : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  void run();
  void round(std::chrono::milliseconds patience);
  void dispatch(std::uint64_t id, std::uint32_t events);
  void run_timers();
  void run_tasks();
  void serve_calls();
  void guarded(const Task& task);
  [[nodiscard]] int timeout(std::chrono::milliseconds patience);
  [[nodiscard]] bool may_end();
  void wake() const;

  FileDescriptor epoll_;
  FileDescriptor wake_;
  Thread thread_;
  std::function<void(const Error&)> on_failure_;
  std::atomic<std::thread::id> owner_;

  // Below: the loop's thread only.
  std::map<std::uint64_t, std::shared_ptr<Watch>> watches_;
  std::uint64_t last_watch_ = 0;
  std::map<std::pair<Clock::time_point, TimerId>, Task> timers_;
  TimerId last_timer_ = 0;

  std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable changed_;
  State state_ = State::by_hand;
  Call* first_call_ = nullptr;
  Call** last_call_ = &first_call_;
  std::vector<Task> tasks_;
};

} // namespace volt::virtio
