// Says at most once a second how much console output was lost.
#pragma once

#include <chrono>

#include "engine/console.h"
#include "vmm/event_log.h"

namespace volt {

class DroppedReporter {
public:
  static constexpr std::chrono::milliseconds between_events{1000};

  /// Both must outlive it.
  DroppedReporter(Console& console, EventLog& events) : console_(console), events_(events) {}

  void report_if_due() {
    if (Clock::now() - last_ >= between_events) report(0);
  }
  /// `lost_bytes`: what the console dropped is not all.
  void report(std::uint64_t lost_bytes) {
    last_ = Clock::now();
    events_.write_dropped(console_.take_dropped() + lost_bytes);
  }

private:
  using Clock = std::chrono::steady_clock;

  Console& console_;
  EventLog& events_;
  Clock::time_point last_ = Clock::now() - between_events;
};

} // namespace volt
