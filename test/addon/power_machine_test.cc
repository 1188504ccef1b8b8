// Machines on /dev/kvm that switch themselves off, crash, or have their button pressed.
#include <array>
#include <doctest/doctest.h>
#include <poll.h>
#include <thread>

#include "power_guest.h"

namespace volt::test {

namespace {

bool readable(int descriptor) {
  pollfd request{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&request, 1, 0) == 1;
}

} // namespace

TEST_SUITE("engine/power" * doctest::skip(!has_kvm())) {
  TEST_CASE("a write of S5 to sleep control ends it with reason poweroff and exit code 0") {
    const Outcome outcome = run(power_plan(print("bye") + power_off() + halt_for_ever()));
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(exit_code_of(outcome.report.reason) == 0);
    CHECK(outcome.output == "bye");
  }

  TEST_CASE("another sleeping state does not end it, the reset register ends it with reason reset") {
    const Code sleep_s3 = put_port(0x600, 3 << 2 | 0x20);
    const Outcome outcome = run(power_plan(sleep_s3 + print("awake") + put_port(0x602, 1) + halt_for_ever()));
    CHECK(outcome.report.reason == StopReason::reset);
    CHECK(outcome.output == "awake");
  }

  TEST_CASE("a panic that pvpanic reports ends it with reason panic and exit code 20") {
    const Outcome outcome = run(power_plan(put_port(0x505, 1) + halt_for_ever()));
    CHECK(outcome.report.reason == StopReason::panic);
    CHECK(exit_code_of(outcome.report.reason) == 20);
  }

  TEST_CASE("a crash kernel is noticed once, and the guest goes on") {
    const Code crash_loaded = put_port(0x505, 2);
    auto machine = start(power_plan(crash_loaded + crash_loaded + print("on") + power_off() + halt_for_ever()));
    const Outcome outcome = finish(*machine);
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(outcome.output == "on");
    CHECK(readable(machine->notice_descriptor()));
    CHECK(machine->take_notices() == std::vector{Notice{Notice::Kind::crash_loaded}});
    CHECK(!readable(machine->notice_descriptor()));
    CHECK(machine->take_notices().empty());
  }

  TEST_CASE("each press of the button wakes a halted guest by its interrupt, which reads the event once") {
    auto machine = start(button_plan(3));
    REQUIRE(wait_for_output(*machine, "r"));
    CHECK(machine->press_power_button());
    REQUIRE(wait_for_output(*machine, "1"));
    CHECK(machine->press_power_button());
    REQUIRE(wait_for_output(*machine, "1"));
    CHECK(machine->press_power_button());
    const Outcome outcome = finish(*machine);
    CHECK(outcome.output == "1");
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(machine->take_notices() == std::vector(3, Notice{Notice::Kind::power_button}));
  }

  TEST_CASE("a press ends the wait for console output of a guest that says nothing") {
    auto machine = start(power_plan(print("r") + halt_for_ever()));
    REQUIRE(wait_for_output(*machine, "r"));
    std::thread presser([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      CHECK(machine->press_power_button());
    });
    std::array<std::uint8_t, 8> chunk;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(machine->console().output().pop_wait(chunk, std::chrono::seconds(30)) == 0);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    presser.join();
    CHECK(machine->take_notices() == std::vector{Notice{Notice::Kind::power_button}});
  }

  TEST_CASE("presses from many threads while the machine ends hurt nobody, and none counts after the end") {
    for (int round = 0; round < 10; ++round) {
      auto machine = start(button_plan(1));
      REQUIRE(wait_for_output(*machine, "r"));
      std::array<std::thread, 3> pressers;
      for (std::thread& presser : pressers) {
        presser = std::thread([&] {
          while (machine->press_power_button())
            std::this_thread::yield();
        });
      }
      CHECK(finish(*machine).report.reason == StopReason::poweroff);
      for (std::thread& presser : pressers)
        presser.join();
      CHECK(!machine->press_power_button());
    }
  }

  TEST_CASE("there is nothing to press before the start, after the end and without a power device") {
    auto created = Machine::create(button_plan(1), kvm_descriptor(), {});
    REQUIRE(created.ok());
    CHECK(!created.value()->press_power_button());
    CHECK(created.value()->take_notices().empty());
    auto without = start(plan_with(print("up") + halt_for_ever()));
    REQUIRE(wait_for_output(*without, "up"));
    CHECK(!without->press_power_button());
    without->stop();
    without->join();
    CHECK(!without->press_power_button());
    CHECK(without->take_notices().empty());
  }

  TEST_CASE("a console of the caller's serves one machine after another and stays open") {
    Console console;
    virtio::RingShelf rings;
    for (int boot = 0; boot < 2; ++boot) {
      auto machine = Machine::create(power_plan(print("x") + put_port(0x602, 1) + halt_for_ever()), kvm_descriptor(),
                                     {}, {console, rings}, [] { return false; });
      REQUIRE(machine.ok());
      REQUIRE(machine.value()->start().ok());
      CHECK(finish(*machine.value()).output == "x");
      CHECK(!console.output().exhausted());
    }
    console.close();
    CHECK(console.output().exhausted());
  }
}

} // namespace volt::test
