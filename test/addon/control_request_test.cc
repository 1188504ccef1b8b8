// Lines that may come by the control socket, sound and hostile.
#include <doctest/doctest.h>

#include "vmm/control_request.h"

namespace volt::test {

namespace {

std::string problem_of(std::string_view line) {
  const auto request = parse_control_request(line);
  return request.ok() ? "" : request.error().message;
}

} // namespace

TEST_SUITE("vmm/control_request") {
  TEST_CASE("each request is read in all its parts") {
    const auto inspect = parse_control_request(R"({"request":"inspect"})");
    REQUIRE(inspect.ok());
    CHECK(std::holds_alternative<InspectRequest>(inspect.value()));
    const auto balloon = parse_control_request(R"( {"target": 268435456, "request": "balloon"} )");
    REQUIRE(balloon.ok());
    CHECK(std::get<BalloonRequest>(balloon.value()).target_bytes == 256 << 20);
    const auto rate = parse_control_request(
        R"({"request":"rate","device":"disk-root","limits":{"bandwidth":{"perSecond":10,"burst":20},"ops":null}})");
    REQUIRE(rate.ok());
    const auto& [device, limits] = std::get<RateRequest>(rate.value());
    CHECK(device == "disk-root");
    REQUIRE(limits.size() == 2);
    CHECK(limits.at("bandwidth")->per_second == 10);
    CHECK(limits.at("bandwidth")->burst == 20);
    CHECK(!limits.at("ops"));
    const auto resize = parse_control_request(R"({"request":"resize","columns":65535,"rows":1})");
    REQUIRE(resize.ok());
    CHECK(std::get<ResizeRequest>(resize.value()).size == virtio::ConsoleSize{.columns = 65535, .rows = 1});
  }

  TEST_CASE("what is no request is refused with the place of what is wrong") {
    for (const char* line : {"", " ", "{", "}", "[", "null", "0", "\"inspect\"", "[]", "{}", "{\"request\":null}",
                             "{\"request\":1}", "{\"request\":\"Inspect\"}", "{\"request\":\"inspect\"}{}",
                             "{\"request\":\"inspect\",\"request\":\"inspect\"}",
                             "{\"request\":\"inspect\",\"more\":1}", "\xff\xfe", "{\"request\":\"\xff\"}"}) {
      CAPTURE(line);
      CHECK(!problem_of(line).empty());
    }
    CHECK(!problem_of(std::string(4096, '[')).empty());
    CHECK(problem_of(R"({"request":"poweroff"})")
              .find("/request: must be inspect, balloon, rate, pause, resume or resize") != std::string::npos);
  }

  TEST_CASE("targets that are no pages are refused") {
    for (const char* target : {"-4096", "1.5", "1e3", "4095", "\"4096\"", "null", "true", "9007199254740992",
                               "18446744073709551616", "[4096]"}) {
      CAPTURE(target);
      CHECK(problem_of(R"({"request":"balloon","target":)" + std::string(target) + "}").find("/target") !=
            std::string::npos);
    }
    CHECK(!problem_of(R"({"request":"balloon"})").empty());
  }

  TEST_CASE("sizes that no terminal has are refused") {
    for (const char* number : {"0", "-1", "65536", "1.5", "\"80\"", "null"}) {
      CAPTURE(number);
      const std::string columns = R"({"request":"resize","rows":25,"columns":)" + std::string(number) + "}";
      const std::string rows = R"({"request":"resize","columns":80,"rows":)" + std::string(number) + "}";
      CHECK(problem_of(columns).find("/columns") != std::string::npos);
      CHECK(problem_of(rows).find("/rows") != std::string::npos);
    }
    CHECK(!problem_of(R"({"request":"resize","columns":80})").empty());
  }

  TEST_CASE("limits that are none are refused") {
    for (const char* limits : {"null", "[]", "1", R"({"speed":null})", R"({"ops":1})", R"({"ops":{}})",
                               R"({"ops":{"perSecond":0,"burst":1}})", R"({"ops":{"perSecond":1,"burst":-1}})",
                               R"({"ops":{"perSecond":1,"burst":1,"more":1}})"}) {
      CAPTURE(limits);
      CHECK(problem_of(R"({"request":"rate","device":"rng","limits":)" + std::string(limits) + "}").find("/limits") !=
            std::string::npos);
    }
    CHECK(!problem_of(R"({"request":"rate","device":"","limits":{}})").empty());
    CHECK(!problem_of(R"({"request":"rate","device":")" + std::string(65, 'd') + R"(","limits":{}})").empty());
  }
}

} // namespace volt::test
