// The delay before a guest that reset boots again.
#include <doctest/doctest.h>
#include <vector>

#include "base/restart_guard.h"

namespace volt::test {

TEST_SUITE("base/restart_guard") {
  using std::chrono::milliseconds;

  TEST_CASE("quick resets in a row wait longer and longer, up to ten seconds") {
    RestartGuard guard;
    std::vector<long> delays;
    for (int boot = 0; boot < 9; ++boot)
      delays.push_back(guard.delay_after(milliseconds(999)).count());
    CHECK(delays == std::vector<long>{100, 200, 400, 800, 1600, 3200, 6400, 10'000, 10'000});
  }

  TEST_CASE("a boot of a second or more is followed at once and forgives those before") {
    RestartGuard guard;
    static_cast<void>(guard.delay_after(milliseconds(0)));
    static_cast<void>(guard.delay_after(milliseconds(0)));
    CHECK(guard.delay_after(milliseconds(1000)).count() == 0);
    CHECK(guard.delay_after(milliseconds(0)).count() == 100);
  }
}

} // namespace volt::test
