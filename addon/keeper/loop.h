// What the keeper waits for: descriptors and times, on its one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/file_descriptor.h"

namespace volt {

/// Handlers may watch, unwatch and close what they like; errors of a handler are its own affair.
class Loop {
public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(std::uint32_t events)>;
  using Timer = unsigned;

  [[nodiscard]] static Result<Loop> create();

  /// `events` of epoll(7), level-triggered; the descriptor stays the caller's, who unwatches it before closing it.
  [[nodiscard]] Result<void> watch(int descriptor, std::uint32_t events, Handler handler);
  void change(int descriptor, std::uint32_t events);
  /// Nothing where it is not watched.
  void unwatch(int descriptor);

  /// Calls `handler` once. The timer can be cleared until then.
  Timer call_at(Clock::time_point time, std::function<void()> handler);
  void clear(Timer timer);

  /// Until stop(). The error where the host refuses to wait.
  [[nodiscard]] Result<void> run();
  void stop() { is_stopped_ = true; }

private:
  struct Alarm {
    Clock::time_point time;
    std::function<void()> handler;
  };

  explicit Loop(FileDescriptor epoll) : epoll_(std::move(epoll)) {}
  [[nodiscard]] int patience() const;
  void ring();

  FileDescriptor epoll_;
  std::map<int, Handler> handlers_;
  std::map<Timer, Alarm> alarms_;
  Timer last_timer_ = 0;
  bool is_stopped_ = false;
};

} // namespace volt
