// How long the end of a run waits for those who read what is still queued.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace volt {

/// One for the console and one for the events, which must not suffer from the console's reader; the time runs from the
/// first question. Used by one thread.
class FlushBudget {
public:
  using Clock = std::chrono::steady_clock;

  /// A reader that takes nothing for this long is not waited for.
  static constexpr std::chrono::milliseconds patience{1000};
  /// Those who read on have this long in all, and this once someone is in a hurry.
  static constexpr std::chrono::milliseconds limit{30'000};
  static constexpr std::chrono::milliseconds hurried_limit{500};

  explicit FlushBudget(std::function<bool()> in_a_hurry) : in_a_hurry_(std::move(in_a_hurry)) {}

  /// When to give up on a reader that took something last at `progress`.
  [[nodiscard]] Clock::time_point deadline(Clock::time_point progress) {
    if (!end_) end_ = Clock::now() + limit;
    if (!hurried_ && in_a_hurry_()) {
      hurried_ = true;
      end_ = std::min(*end_, Clock::now() + hurried_limit);
    }
    return std::min(*end_, progress + patience);
  }

private:
  std::function<bool()> in_a_hurry_;
  bool hurried_ = false;
  std::optional<Clock::time_point> end_;
};

} // namespace volt
