// Machines that are paused and go on.
#include <array>
#include <doctest/doctest.h>
#include <thread>

#include "power_guest.h"
#include "vmm/control_desk.h"

namespace volt::test {

namespace {

/// Prints for ever, beside three processors that wait.
Plan chatting_plan() {
  Code loop = print("x");
  loop.insert(loop.end(), {0xeb, static_cast<std::uint8_t>(-2 - static_cast<int>(loop.size()))});
  return power_plan(start_others(3) + loop, 4);
}

void drain(Machine& machine) {
  std::array<std::uint8_t, 4096> chunk{};
  while (machine.console().output().pop_wait(chunk, std::chrono::milliseconds(0)) > 0) {
  }
}

/// Whether the guest says something within so long.
bool says_something(Machine& machine, std::chrono::milliseconds patience) {
  std::array<std::uint8_t, 1> byte{};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (machine.console().output().pop_wait(byte, patience) > 0) return true;
  }
  return false;
}

constexpr std::chrono::seconds ample{10};
constexpr std::chrono::milliseconds a_while{30};

std::vector<Notice> notices_of(const std::vector<Notice::Kind>& kinds) {
  std::vector<Notice> notices;
  for (const Notice::Kind kind : kinds)
    notices.push_back({.kind = kind});
  return notices;
}

} // namespace

TEST_SUITE("engine/pause" * doctest::skip(!has_kvm())) {
  using enum Notice::Kind;

  TEST_CASE("nothing runs while it is paused, and all goes on afterwards, time and again") {
    auto machine = start(chatting_plan());
    for (int round = 0; round < 5; ++round) {
      REQUIRE(says_something(*machine, ample));
      REQUIRE(machine->pause());
      CHECK(machine->is_paused());
      drain(*machine);
      CHECK(!says_something(*machine, a_while));
      CHECK(machine->resume());
      CHECK(!machine->is_paused());
    }
    CHECK(machine->take_notices() ==
          notices_of({paused, resumed, paused, resumed, paused, resumed, paused, resumed, paused, resumed}));
  }

  TEST_CASE("what is done already is no failure, and nothing new") {
    auto machine = start(chatting_plan());
    CHECK(machine->resume());
    CHECK(machine->pause());
    CHECK(machine->pause());
    CHECK(machine->take_notices() == notices_of({paused}));
  }

  TEST_CASE("one that is paused can be stopped, and a press of its button resumes it") {
    auto machine = start(chatting_plan());
    REQUIRE(machine->pause());
    machine->stop();
    CHECK(finish(*machine).report.reason == StopReason::stopped);
    CHECK(!machine->is_paused());
    CHECK(!machine->pause());
    CHECK(!machine->resume());

    auto obedient = start(button_plan(1));
    REQUIRE(wait_for_output(*obedient, "r"));
    REQUIRE(obedient->pause());
    CHECK(obedient->press_power_button());
    CHECK(finish(*obedient).report.reason == StopReason::poweroff);
    CHECK(obedient->take_notices() == notices_of({paused, power_button, resumed}));
  }

  TEST_CASE("there is nothing to pause before the start") {
    auto created = Machine::create(chatting_plan(), kvm_descriptor(), {});
    REQUIRE(created.ok());
    CHECK(!created.value()->pause());
    CHECK(!created.value()->resume());
  }

  TEST_CASE("pauses from many threads while the machine ends hurt nobody") {
    for (int round = 0; round < 10; ++round) {
      auto machine = start(chatting_plan());
      std::array<std::thread, 3> threads;
      for (std::thread& thread : threads) {
        thread = std::thread([&] {
          while (machine->pause() && machine->resume())
            std::this_thread::yield();
        });
      }
      CHECK(says_something(*machine, ample));
      machine->stop();
      for (std::thread& thread : threads)
        thread.join();
      CHECK(finish(*machine).report.reason == StopReason::stopped);
    }
  }

  TEST_CASE("the control socket's requests pause, show and resume it") {
    auto machine = start(chatting_plan());
    ControlDesk desk;
    desk.connect(machine.get());
    const auto says = [&](const char* line, const char* text) {
      return desk.answer(line).find(text) != std::string::npos;
    };
    CHECK(says(R"({"request":"pause"})", R"("ok":true)"));
    CHECK(says(R"({"request":"inspect"})", R"("state":"paused")"));
    CHECK(says(R"({"request":"resume"})", R"("ok":true)"));
    CHECK(says(R"({"request":"inspect"})", R"("state":"running")"));
    machine->stop();
    machine->join();
    CHECK(says(R"({"request":"pause"})", "NOT_RUNNING"));
    CHECK(says(R"({"request":"resume"})", "NOT_RUNNING"));
    desk.connect(nullptr);
  }
}

} // namespace volt::test
