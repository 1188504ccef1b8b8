// Doubles the delay of quick boots in a row.
#include "base/restart_guard.h"

#include <algorithm>
#include <utility>

namespace volt {

std::chrono::milliseconds RestartGuard::delay_after(std::chrono::steady_clock::duration ran) {
  if (ran >= quick) {
    next_delay_ = first_delay;
    return {};
  }
  return std::exchange(next_delay_, std::min(next_delay_ * 2, longest_delay));
}

} // namespace volt
