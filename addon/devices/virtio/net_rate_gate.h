// A rate limit on a loop: closed until it allows more, then told.
#pragma once

#include <optional>

#include "devices/virtio/device_counters.h"
#include "devices/virtio/event_loop.h"
#include "devices/virtio/token_bucket.h"

namespace volt::virtio {

class NetRateGate {
public:
  explicit NetRateGate(const RateLimit& limit) : limiter_(limit, EventLoop::Clock::now()) {}

  /// Whether a frame or a command may pass now. Where it may not, `reopen` is called on the loop when one may, once.
  template <typename Reopen>
  [[nodiscard]] bool is_open(EventLoop& loop, DeviceCounters& counters, const Reopen& reopen) {
    if (timer_) return false;
    const auto now = EventLoop::Clock::now();
    const auto ready = limiter_.ready_at(now);
    if (ready <= now) return true;
    add(counters.throttled);
    timer_ = loop.set_timer(ready, [this, reopen] {
      timer_.reset();
      reopen();
    });
    return false;
  }
  /// It passes.
  void take(std::size_t bytes) { limiter_.take(bytes, EventLoop::Clock::now()); }
  /// Another limit from now on. Whether somebody waited, who waits no longer and is not told.
  [[nodiscard]] bool limit(const std::optional<TokenRate>& rate, EventLoop& loop) {
    limiter_.limit_bandwidth(rate, EventLoop::Clock::now());
    const bool waited = timer_.has_value();
    cancel(loop);
    return waited;
  }
  /// Nobody waits any more.
  void cancel(EventLoop& loop) {
    if (timer_) loop.cancel_timer(*timer_);
    timer_.reset();
  }

private:
  RateLimiter limiter_;
  std::optional<EventLoop::TimerId> timer_;
};

} // namespace volt::virtio
