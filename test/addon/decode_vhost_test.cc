// A network of a plan that the kernel serves.
#include <doctest/doctest.h>

#include "engine/decode_plan.h"
#include "support/plan_json.h"

namespace volt::test {

namespace {

Json net_json() {
  return {{"id", "lan"},
          {"type", "virtio-net"},
          {"mmio", {{"base", "0xd0000000"}, {"size", 4096}}},
          {"gsi", 10},
          {"queueSize", 256},
          {"transport", "tap"},
          {"backends", {"lan", "lan-1"}},
          {"vhost", {"v0", "v1"}},
          {"mac", "52:54:00:12:ab:ff"},
          {"mtu", 9000},
          {"offloads", true},
          {"preventSpoofing", false},
          {"rateLimit", {{"transmit", {{"perSecond", 7}, {"burst", 8}}}}}};
}

} // namespace

TEST_SUITE("engine/decode_plan: virtio") {
  TEST_CASE("a network that the kernel serves has a descriptor more for each pair, and nothing that looks at frames") {
    Json json = minimal_plan();
    json["devices"] = Json::array({net_json()});
    Json& net = json["devices"][0];
    const auto refusal = [&] {
      const auto result = decode_plan(json.dump());
      return result.ok() ? "" : result.error().message;
    };
    CHECK(refusal().find("rateLimit") != std::string::npos);
    net.erase("rateLimit");
    const auto result = decode_plan(json.dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    CHECK(std::get<NetPlan>(result.value().devices[0].virtio->model).vhost == std::vector<std::string>{"v0", "v1"});
    const auto backends = backends_of(*result.value().devices[0].virtio);
    REQUIRE(backends.size() == 4);
    CHECK(backends[3].key == "vhost/1");
    CHECK(backends[3].name == "v1");
    net["preventSpoofing"] = true;
    CHECK(refusal().find("preventSpoofing") != std::string::npos);
    net["preventSpoofing"] = false;
    net["vhost"] = {"v0"};
    CHECK(refusal().find("each of the backends") != std::string::npos);
    net["vhost"] = {"v0", "lan"};
    CHECK(refusal().find("/devices/0/vhost/1") != std::string::npos);
    net["vhost"] = {"v0"};
    net["backends"] = {"lan"};
    net["transport"] = "stream";
    CHECK(refusal().find("needs a tap") != std::string::npos);
  }
}

} // namespace volt::test
