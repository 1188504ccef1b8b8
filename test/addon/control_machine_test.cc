// Machines that are asked and changed while their guests run, and after.
#include <atomic>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/virtio_guest.h"
#include "vmm/control_desk.h"

namespace volt::test {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t list_address = 0x13000;
constexpr std::uint32_t listed_page = 0x14;

DevicePlan balloon_device() {
  DevicePlan device = rng_device();
  device.id = "balloon";
  device.virtio->model = BalloonPlan{.target_bytes = 4096};
  return device;
}

/// A guest that gives the page at 0x14000 up, and powers off when that is done.
Plan plan_with_balloon() {
  const Code handler = print_used_index() + power_off() + halt_for_ever();
  Plan plan = interrupt_plan(virtio_gsi, start_device() + wait_for_interrupts(), handler);
  plan.devices.push_back(balloon_device());
  for (LoadItem& item : queue_with(descriptor(list_address, 4, 0, 0)))
    plan.load.push_back(std::move(item));
  plan.load.push_back({.label = "list",
                       .range = {.start = {list_address}, .size_bytes = 4},
                       .from = InlineSource{{listed_page, 0, 0, 0}}});
  plan.load.push_back({.label = "page",
                       .range = {.start = {listed_page * 4096}, .size_bytes = 4096},
                       .from = InlineSource{std::vector<std::uint8_t>(4096, 1)}});
  return plan;
}

Json asked(ControlDesk& desk, const char* line) {
  return Json::parse(desk.answer(line));
}

/// A guest that gives the console a buffer of 4 bytes, prints how many it got back and the first byte, and powers off.
Plan plan_with_console() {
  const Code print_received{0xa0, 0x00, 0x30, 0x01, 0x00,  // mov al, [list_address]
                            0x66, 0xba, 0xf8, 0x03, 0xee}; // mov dx, 0x3f8; out dx, al
  const Code handler = print_used_index() + print_received + power_off() + halt_for_ever();
  Plan plan = interrupt_plan(virtio_gsi, start_device() + wait_for_interrupts(), handler);
  plan.devices.push_back(console_device());
  constexpr std::uint16_t writable = 2;
  for (LoadItem& item : queue_with(descriptor(list_address, 4, writable, 0)))
    plan.load.push_back(std::move(item));
  return plan;
}

} // namespace

TEST_SUITE("engine/control" * doctest::skip(!has_kvm())) {
  TEST_CASE("a page that the guest gives up is counted, and the target can be changed") {
    auto machine = start(plan_with_balloon());
    ControlDesk desk;
    desk.connect(machine.get());
    const Outcome outcome = finish(*machine);
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(outcome.output == "1");
    const Json before = asked(desk, R"({"request":"inspect"})");
    CHECK(before["ok"] == true);
    CHECK(before["state"] == "ended");
    const Json& device = before["devices"][0];
    CHECK(device["id"] == "balloon");
    CHECK(device["type"] == "virtio-balloon");
    CHECK(device["counters"]["requests"] == 1);
    CHECK(device["counters"]["faults"] == 0);
    CHECK(device["balloon"]["inflatedBytes"] == 4096);
    CHECK(device["balloon"]["targetBytes"] == 4096);
    CHECK(asked(desk, R"({"request":"balloon","target":8192})")["ok"] == true);
    CHECK(asked(desk, R"({"request":"inspect"})")["devices"][0]["balloon"]["targetBytes"] == 8192);
    CHECK(asked(desk, R"({"request":"balloon","target":1099511627776})")["code"] == "REQUEST_INVALID");
    desk.connect(nullptr);
    CHECK(asked(desk, R"({"request":"inspect"})")["code"] == "NOT_RUNNING");
  }

  TEST_CASE("what a machine does not have is named") {
    Plan plan = power_plan(halt_for_ever());
    plan.devices.push_back(rng_device());
    auto machine = start(plan);
    ControlDesk desk;
    desk.connect(machine.get());
    CHECK(asked(desk, R"({"request":"inspect"})")["state"] == "running");
    CHECK(asked(desk, R"({"request":"balloon","target":4096})")["code"] == "NO_SUCH_DEVICE");
    CHECK(asked(desk, R"({"request":"resize","columns":80,"rows":25})")["code"] == "NO_SUCH_DEVICE");
    const auto rate = [&](const char* rest) {
      return Json::parse(desk.answer(R"({"request":"rate","device":)" + std::string(rest) + "}"));
    };
    CHECK(rate(R"("disk-root","limits":{"ops":null})")["code"] == "NO_SUCH_DEVICE");
    CHECK(rate(R"("entropy","limits":{"ops":null})")["code"] == "NO_SUCH_LIMIT");
    CHECK(rate(R"("entropy","limits":{"bandwidth":{"perSecond":1,"burst":1}})")["ok"] == true);
    machine->stop();
    desk.connect(nullptr);
  }

  TEST_CASE("what is typed reaches the guest by its virtio console, whenever it was typed") {
    for (const bool is_early : {true, false}) {
      auto machine = Machine::create(plan_with_console(), kvm_descriptor(), {});
      REQUIRE_MESSAGE(machine.ok(), machine.error().message);
      const std::array<std::uint8_t, 1> key{'k'};
      if (is_early) CHECK(machine.value()->write_console(key) == 1);
      REQUIRE(machine.value()->start().ok());
      if (!is_early) CHECK(machine.value()->write_console(key) == 1);
      CHECK(finish(*machine.value()).output == "1k");
    }
  }

  TEST_CASE("a virtio console is told the size of the terminal, and the next machine's too") {
    Console console;
    virtio::RingShelf rings;
    ControlDesk desk;
    const auto size_of = [&]() -> Json { return asked(desk, R"({"request":"inspect"})")["devices"][0]["console"]; };
    for (const bool is_first : {true, false}) {
      auto machine = Machine::create(plan_with_console(), kvm_descriptor(), {}, {console, rings}, [] { return false; });
      REQUIRE_MESSAGE(machine.ok(), machine.error().message);
      REQUIRE(machine.value()->start().ok());
      desk.connect(machine.value().get());
      CHECK(size_of() == (is_first ? Json{{"columns", 0}, {"rows", 0}} : Json{{"columns", 120}, {"rows", 40}}));
      CHECK(asked(desk, R"({"request":"resize","columns":120,"rows":40})")["ok"] == true);
      CHECK(size_of() == Json{{"columns", 120}, {"rows", 40}});
      desk.connect(nullptr);
    }
  }

  TEST_CASE("a machine is asked and changed at any moment of its life") {
    for (int round = 0; round < 10; ++round) {
      auto machine = start(plan_with_balloon());
      ControlDesk desk;
      desk.connect(machine.get());
      std::atomic<bool> done = false;
      std::thread asker([&] {
        while (!done) {
          CHECK(asked(desk, R"({"request":"inspect"})")["ok"] == true);
          CHECK(asked(desk, R"({"request":"balloon","target":8192})")["ok"] == true);
          CHECK(asked(desk, R"({"request":"balloon","target":4096})")["ok"] == true);
        }
      });
      CHECK(finish(*machine).report.reason == StopReason::poweroff);
      done = true;
      asker.join();
      desk.connect(nullptr);
    }
  }
}

} // namespace volt::test
