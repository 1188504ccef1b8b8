// epoll(7); one event at a time, so that none is left over for a descriptor that a handler closed.
#include "keeper/loop.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>

namespace volt {

Result<Loop> Loop::create() {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return host_error(errno, "wait for events (epoll)");
  return Loop(std::move(epoll));
}

Result<void> Loop::watch(int descriptor, std::uint32_t events, Handler handler) {
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return host_error(errno, "watch a descriptor");
  handlers_[descriptor] = std::move(handler);
  return {};
}

void Loop::change(int descriptor, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Loop::unwatch(int descriptor) {
  if (handlers_.erase(descriptor) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

Loop::Timer Loop::call_at(Clock::time_point time, std::function<void()> handler) {
  alarms_[++last_timer_] = {time, std::move(handler)};
  return last_timer_;
}

void Loop::clear(Timer timer) {
  alarms_.erase(timer);
}

Result<void> Loop::run() {
  while (!is_stopped_) {
    epoll_event event{};
    const int count = epoll_wait(epoll_.get(), &event, 1, patience());
    if (count < 0 && errno != EINTR) return host_error(errno, "wait for events (epoll_wait)");
    const auto found = count > 0 ? handlers_.find(event.data.fd) : handlers_.end();
    if (found != handlers_.end()) {
      const Handler handler = found->second; // it may unwatch itself
      handler(event.events);
    }
    ring();
  }
  return {};
}

/// Milliseconds until the next alarm; -1 where there is none.
int Loop::patience() const {
  const auto next = std::min_element(alarms_.begin(), alarms_.end(), [](const auto& one, const auto& two) {
    return one.second.time < two.second.time;
  });
  if (next == alarms_.end()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next->second.time - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 3'600'000));
}

void Loop::ring() {
  const auto now = Clock::now();
  for (auto alarm = alarms_.begin(); alarm != alarms_.end() && !is_stopped_;) {
    if (alarm->second.time > now) {
      ++alarm;
      continue;
    }
    const auto handler = std::move(alarm->second.handler);
    alarms_.erase(alarm);
    handler();
    alarm = alarms_.begin(); // it may have changed them
  }
}

} // namespace volt
