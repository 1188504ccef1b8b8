// Says at most once a second how much console output was lost.
#pragma once

#include <chrono>

#include "engine/console.h"
#include "engine/event.h"
#include "vmm/event_log.h"

namespace volt {

class DroppedReporter {
public:
  static constexpr std::chrono::milliseconds between_events{1000};

  /// Both must outlive it.
  DroppedReporter(Console& console, EventLog& events) : console_(console), events_(events) {}

  void report_if_due() {
    if (Clock::now() - last_ >= between_events) report();
  }
  void report() {
    const std::uint64_t dropped = console_.take_dropped();
    if (dropped == 0) return;
    last_ = Clock::now();
    events_.write(console_dropped_event(dropped));
  }

private:
  using Clock = std::chrono::steady_clock;

  Console& console_;
  EventLog& events_;
  Clock::time_point last_ = Clock::now() - between_events;
};

} // namespace volt
