// What networks and vsocks count beyond what all devices do.
#include <cerrno>
#include <doctest/doctest.h>

#include "engine/model_counters.h"
#include "support/net_bench.h"
#include "support/vsock_guest.h"

namespace volt::test {

using namespace virtio;

namespace {

std::map<std::string_view, std::uint64_t> counters_of(VirtioDevice& device) {
  std::map<std::string_view, std::uint64_t> counters;
  add_model_counters(device, counters);
  return counters;
}

} // namespace

TEST_SUITE("engine/model_counters") {
  TEST_CASE("frames are counted, and those that are dropped by their reasons") {
    TapBench bench;
    bench.start();
    bench.net.send(with_header(make_frame(60)));
    bench.net.send(with_header(make_frame(60, 1, other_mac)));
    auto counters = counters_of(bench.net.device());
    CHECK(counters["framesFromGuest"] == 1);
    CHECK(counters["framesToGuest"] == 0);
    CHECK(counters["droppedSpoofed"] == 1);
    CHECK(counters["droppedMalformed"] == 0);
    CHECK(counters.size() == 2 + net_drop_reasons);
  }

  TEST_CASE("connections are counted by who asked, and those that were refused") {
    VsockGuest guest;
    guest.send(VIRTIO_VSOCK_OP_REQUEST, {.guest = 5000, .host = 80});
    guest.answer(guest.take_request().id, ECONNREFUSED);
    REQUIRE(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    const auto counters = counters_of(guest.device());
    CHECK(counters.at("connections") == 0);
    CHECK(counters.at("connectionsFromGuest") == 0);
    CHECK(counters.at("connectionsRefused") == 1);
    CHECK(counters.size() == 7);
  }
}

} // namespace volt::test
