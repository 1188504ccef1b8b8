// Machines whose guests poll their UART, so that KVM keeps what they write: nothing is lost, doubled or out of order.
#include <algorithm>
#include <array>
#include <doctest/doctest.h>

#include "test_guest.h"

namespace volt::test {

namespace {

const Code poll{0x66, 0xba, 0xfd, 0x03, 0xec}; // mov dx, 0x3fd; in al, dx

Code print_polled(std::string_view text) {
  Code code;
  for (const char character : text)
    code = code + poll + print({&character, 1});
  return code;
}

/// `x` with a look before each, for ever, by one processor.
Code chat() {
  Code loop = print_polled("x");
  loop.insert(loop.end(), {0xeb, static_cast<std::uint8_t>(-2 - static_cast<int>(loop.size()))});
  return loop;
}

/// Writes to a register of COM1.
Code set_register(std::uint8_t offset, std::uint8_t value) {
  return {0x66, 0xba, static_cast<std::uint8_t>(0xf8 + offset), 0x03, 0xb0, value, 0xee};
}

constexpr std::size_t others_bytes = 1000;

/// What the other processors do in real mode: so many polled `b`, then they count themselves and halt.
const Code other_printer{0xb9,
                         others_bytes & 0xff,
                         others_bytes >> 8, // mov cx, 1000
                         0xba,
                         0xfd,
                         0x03,
                         0xec,
                         0xba,
                         0xf8,
                         0x03,
                         0xb0,
                         0x62,
                         0xee,
                         0xe2,
                         0xf4, // loop
                         0xf0,
                         0xfe,
                         0x06,
                         0x00,
                         0x05, // lock inc [0x500]
                         0xf4,
                         0xeb,
                         0xfd}; // hlt

std::string text_of(std::size_t length) {
  std::string text;
  while (text.size() < length)
    text += static_cast<char>('!' + text.size() % 90);
  return text;
}

std::string read_all(Machine& machine) {
  std::string text;
  std::array<std::uint8_t, 4096> chunk{};
  while (const std::size_t count = machine.console().output().pop(chunk))
    text.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
  return text;
}

} // namespace

TEST_SUITE("engine/machine: polled output" * doctest::skip(!has_kvm())) {
  TEST_CASE("all of it comes, to the last byte before the end") {
    const std::string text = text_of(1000);
    const Code end = reset_by_keyboard_controller() + halt_for_ever();
    CHECK(run(plan_with(print_polled(text) + print("without a look") + end)).output == text + "without a look");
    CHECK(run(plan_with(print_polled(text) + print(text) + end)).output == text + text); // more than the ring holds
  }

  TEST_CASE("a string instruction that finds the ring full loses nothing") {
    const std::string text = text_of(1000);
    const Code write_string{0x66, 0xba, 0xf8, 0x03,                    // mov dx, 0x3f8
                            0xbe, 0x00, 0x40, 0x00, 0x00,              // mov esi, 0x4000
                            0xb9, 0xe8, 0x03, 0x00, 0x00, 0xf3, 0x6e}; // mov ecx, 1000; rep outsb
    Plan plan = plan_with(print_polled(text_of(20)) + write_string + reset_by_keyboard_controller() + halt_for_ever());
    plan.load.push_back({.label = "text",
                         .range = {.start = {0x4000}, .size_bytes = text.size()},
                         .from = InlineSource{Code(text.begin(), text.end())}});
    CHECK(run(plan).output == text_of(20) + text);
  }

  TEST_CASE("a reader has the last byte of a guest that halts, or is stopped then") {
    const auto machine = start(plan_with(print_polled(text_of(100)) + print("~") + halt_for_ever()));
    CHECK(wait_for_output(*machine, "~"));
    machine->stop();
    machine->join();
    CHECK(read_all(*machine).empty());
  }

  TEST_CASE("the registers that give bytes another effect come in their order") {
    const std::string text = text_of(40);
    const Code divisor = set_register(3, 0x80) + print("d") + set_register(3, 0x03); // to the divisor latch
    const Code loop = set_register(4, 0x10) + print("l") + set_register(4, 0x00);    // to the receiver
    const Code interrupt = set_register(1, 0x02) + print("i") + set_register(1, 0x00);
    const Code guest = print_polled(text) + print("1") + divisor + print_polled(text) + print("2") + loop +
                       print_polled(text) + print("3") + interrupt + print("4") + reset_by_keyboard_controller() +
                       halt_for_ever();
    CHECK(run(plan_with(guest)).output == text + "1" + text + "2" + text + "3i4");
  }

  TEST_CASE("processors that write at the same time lose nothing") {
    Plan plan = plan_with(start_others(3) + print_polled(text_of(100)) + print("!") + reset_by_keyboard_controller() +
                              halt_for_ever(),
                          4);
    plan.load[1].from = InlineSource{other_printer};
    const std::string output = run(plan).output;
    CHECK(output == std::string(3 * others_bytes, 'b') + text_of(100) + "!");
  }

  TEST_CASE("a guest that is paused has said everything, and goes on where it was") {
    const auto machine = start(plan_with(chat()));
    for (int round = 0; round < 5; ++round) {
      REQUIRE(wait_for_output(*machine, std::string(50, 'x')));
      REQUIRE(machine->pause());
      static_cast<void>(read_all(*machine));
      std::array<std::uint8_t, 1> byte{};
      const auto quiet = (CoalescedOutput::patience + 2) * CoalescedOutput::interval; // to its rest and beyond
      const auto end = std::chrono::steady_clock::now() + quiet;
      while (std::chrono::steady_clock::now() < end)
        CHECK(machine->console().output().pop_wait(byte, CoalescedOutput::interval) == 0);
      REQUIRE(machine->resume());
    }
    machine->stop();
    CHECK(finish(*machine).report.reason == StopReason::stopped);
  }

  TEST_CASE("it may end at any moment") {
    for (int round = 0; round < 10; ++round) {
      const auto machine = start(plan_with(chat()));
      REQUIRE(wait_for_output(*machine, std::string(static_cast<std::size_t>(round * 7), 'x')));
      machine->stop();
      CHECK(finish(*machine).report.reason == StopReason::stopped);
    }
  }
}

} // namespace volt::test
