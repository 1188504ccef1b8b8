// volt-vmm's argument for a guest that resets itself.
#include <doctest/doctest.h>
#include <vector>

#include "vmm/arguments.h"

namespace volt::test {

namespace {

// Descriptor 0 stands for whatever is open.
Result<Arguments> parse(std::vector<const char*> more) {
  more.insert(more.begin(), {"--plan", "0", "--kvm", "0"});
  return parse_arguments(more);
}

} // namespace

TEST_SUITE("vmm/arguments: --on-reset") {
  TEST_CASE("a reset ends the machine unless told otherwise") {
    REQUIRE(parse({}).ok());
    CHECK(parse({}).value().on_reset == OnReset::stop);
    CHECK(parse({"--on-reset", "stop"}).value().on_reset == OnReset::stop);
    CHECK(parse({"--on-reset", "restart"}).value().on_reset == OnReset::restart);
  }

  TEST_CASE("another word, none, and a second one are refused") {
    CHECK(!parse({"--on-reset", "reboot"}).ok());
    CHECK(!parse({"--on-reset", ""}).ok());
    CHECK(!parse({"--on-reset"}).ok());
    CHECK(!parse({"--on-reset", "stop", "--on-reset", "restart"}).ok());
  }
}

} // namespace volt::test
