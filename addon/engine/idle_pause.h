// Keeps a vCPU that has nothing to run, and that KVM does not let sleep, from taking a processor of the host's.
#pragma once

#include <algorithm>
#include <chrono>

namespace volt {

/// A processor that waits for INIT or SIPI sleeps in KVM_RUN, but with another event pending, such as an NMI, KVM_RUN
/// comes back at once, and again.
class IdlePause {
public:
  /// So many returns in a row are nothing special: INIT and SIPI cause one each.
  static constexpr unsigned tolerated = 4;
  static constexpr std::chrono::milliseconds first{1};
  static constexpr std::chrono::milliseconds longest{20};

  /// How long to pause after a return of KVM_RUN, which had nothing to run or did run the guest.
  [[nodiscard]] std::chrono::milliseconds after(bool had_nothing_to_run) {
    if (!had_nothing_to_run) {
      *this = IdlePause();
      return {};
    }
    if (in_a_row_ < tolerated) {
      ++in_a_row_;
      return {};
    }
    const auto pause = next_;
    next_ = std::min(next_ * 2, longest);
    return pause;
  }

private:
  unsigned in_a_row_ = 0;
  std::chrono::milliseconds next_ = first;
};

} // namespace volt
