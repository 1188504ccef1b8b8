// The plan's fields for power and generation id, from their JSON.
#include <doctest/doctest.h>

#include "engine/decode_plan.h"
#include "support/plan_json.h"

namespace volt::test {

namespace {

Json port_device(const char* id, const char* type, const char* base, int size) {
  return {{"id", id}, {"type", type}, {"ports", Json::array({{{"base", base}, {"size", size}}})}};
}

Json plan_document() {
  Json plan = minimal_plan();
  plan["generationId"] = "0x6000";
  plan["memory"][0]["size"] = 65536;
  plan["devices"] =
      Json::array({port_device("power", "power", "0x600", 4), port_device("pvpanic", "pvpanic", "0x505", 1)});
  plan["devices"][0]["gsi"] = 9;
  return plan;
}

bool is_refused_at(const Json& document, std::string_view pointer) {
  const auto plan = decode_plan(document.dump());
  return !plan.ok() && plan.error().code == ErrorCode::plan_invalid &&
         plan.error().message.find("the plan at " + std::string(pointer) + ":") == 0;
}

} // namespace

TEST_SUITE("engine/decode_plan: power") {
  TEST_CASE("power and pvpanic devices and the generation id are read") {
    const auto plan = decode_plan(plan_document().dump());
    REQUIRE_MESSAGE(plan.ok(), plan.error().message);
    CHECK(plan.value().generation_id == GuestAddress{0x6000});
    REQUIRE(plan.value().devices.size() == 2);
    CHECK(plan.value().devices[0].type == DeviceType::power);
    CHECK(plan.value().devices[0].gsi == std::optional<std::uint32_t>(9));
    CHECK(plan.value().devices[1].type == DeviceType::pvpanic);
    CHECK(!plan.value().devices[1].gsi);
  }

  TEST_CASE("the generation id may be left out") {
    Json document = plan_document();
    document.erase("generationId");
    const auto plan = decode_plan(document.dump());
    REQUIRE(plan.ok());
    CHECK(!plan.value().generation_id);
  }

  TEST_CASE("what is no address, no device or no processor state is refused where it stands") {
    Json document = plan_document();
    document["generationId"] = 24576;
    CHECK(is_refused_at(document, "/generationId"));
    document = plan_document();
    document["generationId"] = "0xfff8";
    CHECK(is_refused_at(document, "/generationId"));
    document = plan_document();
    document["devices"][0]["type"] = "button";
    CHECK(is_refused_at(document, "/devices/0/type"));
    document = plan_document();
    document["devices"][0].erase("gsi");
    CHECK(is_refused_at(document, "/devices/0"));
  }
}

} // namespace volt::test
