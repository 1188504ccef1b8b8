// How long a vCPU with nothing to run pauses.
#include <doctest/doctest.h>

#include "engine/idle_pause.h"

namespace volt::test {

TEST_SUITE("engine/idle_pause") {
  TEST_CASE("a few returns are tolerated, then the pauses double up to a limit, until the guest runs") {
    IdlePause idle;
    for (unsigned count = 0; count < IdlePause::tolerated; ++count)
      CHECK(idle.after(true).count() == 0);
    for (const int expected : {1, 2, 4, 8, 16, 20, 20})
      CHECK(idle.after(true).count() == expected);
    CHECK(idle.after(false).count() == 0);
    CHECK(idle.after(true).count() == 0);
  }
}

} // namespace volt::test
