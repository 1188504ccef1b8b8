// The plan's fields for power and generation id, from their JSON.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "engine/decode_plan.h"

namespace volt::test {

namespace {

using Json = nlohmann::json;

Json port_device(const char* id, const char* type, const char* base, int size) {
  return {{"id", id}, {"type", type}, {"ports", Json::array({{{"base", base}, {"size", size}}})}};
}

Json plan_document() {
  const Json segment{{"selector", "0x8"}, {"base", "0x0"}, {"limit", "0xffffffff"}, {"access", "0xc09b"}};
  const Json table{{"base", "0x0"}, {"limit", "0x0"}};
  Json plan = {{"formatVersion", 1},     {"name", "power"},       {"files", Json::array()},  {"load", Json::array()},
               {"cpuid", Json::array()}, {"msrs", Json::array()}, {"generationId", "0x6000"}};
  plan["memory"] = Json::array({{{"gpa", "0x0"}, {"size", 65536}}});
  plan["interrupts"] = {{"irqchip", "kernel"},
                        {"pit", false},
                        {"tss", "0xfffbd000"},
                        {"identityMap", "0xfffbc000"},
                        {"lvt", {{"lint0", "0x10000"}, {"lint1", "0x400"}}}};
  plan["vcpus"] = Json::array({{{"apicId", 0}, {"cpuid", Json::array()}}});
  plan["boot"] = {{"protocol", "pvh"},
                  {"registers", {{"rip", "0x1000"}, {"rflags", "0x2"}}},
                  {"control", {{"cr0", "0x11"}, {"cr3", "0x0"}, {"cr4", "0x0"}, {"efer", "0x0"}}},
                  {"segments", {{"gdt", table}, {"idt", table}, {"cs", segment}, {"data", segment}, {"tr", segment}}},
                  {"fpu", {{"fcw", "0x37f"}, {"mxcsr", "0x1f80"}}}};
  plan["devices"] =
      Json::array({port_device("power", "power", "0x600", 4), port_device("pvpanic", "pvpanic", "0x505", 1)});
  plan["devices"][0]["gsi"] = 9;
  plan["requires"] = {{"kvmApiVersion", 12}, {"capabilities", Json::array()}};
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
