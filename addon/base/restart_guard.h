// Keeps a guest that resets, or a machine that ends, as soon as it starts from turning the host's processors into a
// loop of boots.
#pragma once

#include <chrono>

namespace volt {

class RestartGuard {
public:
  /// A boot that ends sooner counts as quick.
  static constexpr std::chrono::milliseconds quick{1000};
  static constexpr std::chrono::milliseconds first_delay{100};
  static constexpr std::chrono::milliseconds longest_delay{10'000};

  /// How long to wait before the next boot, after one that ran for `ran`: nothing after a boot that was not quick, else
  /// first_delay, and twice as long after each further quick boot in a row, up to longest_delay.
  [[nodiscard]] std::chrono::milliseconds delay_after(std::chrono::steady_clock::duration ran);

private:
  std::chrono::milliseconds next_delay_ = first_delay;
};

} // namespace volt
