// The keyboard controller: reset, and the probes of operating systems.
#include <doctest/doctest.h>

#include "devices/i8042.h"

namespace volt::test {

namespace {

constexpr std::uint8_t DATA = I8042::data_port, COMMAND = I8042::command_port;

/// The answer to a command, read as a driver does: only when status says that there is one.
std::optional<std::uint8_t> answer(I8042& controller) {
  if ((controller.read(COMMAND) & 0x01) == 0) return std::nullopt;
  return controller.read(DATA);
}

} // namespace

TEST_SUITE("devices/i8042") {
  TEST_CASE("pulsing output line 0 resets, other lines do not") {
    I8042 controller;
    CHECK(controller.write(COMMAND, 0xfe));
    CHECK(!controller.write(COMMAND, 0xff));
    CHECK(!controller.write(COMMAND, 0xfd));
    CHECK(controller.write(COMMAND, 0xf0));
  }

  TEST_CASE("the output port's reset bit resets when it is cleared") {
    I8042 controller;
    CHECK(!controller.write(COMMAND, 0xd1));
    CHECK(!controller.write(DATA, 0xdf));
    CHECK(!controller.write(COMMAND, 0xd1));
    CHECK(controller.write(DATA, 0xde));
  }

  TEST_CASE("the input buffer is never full, so a driver may write at once") {
    I8042 controller;
    CHECK((controller.read(COMMAND) & 0x02) == 0);
    CHECK(!controller.write(COMMAND, 0x60));
    CHECK((controller.read(COMMAND) & 0x02) == 0);
  }

  TEST_CASE("the self-test and the keyboard port's test pass, the auxiliary port is not there") {
    I8042 controller;
    CHECK(!controller.write(COMMAND, 0xaa));
    CHECK(answer(controller) == std::optional<std::uint8_t>(0x55));
    CHECK(!answer(controller));
    CHECK(!controller.write(COMMAND, 0xab));
    CHECK(answer(controller) == std::optional<std::uint8_t>(0x00));
    CHECK(!controller.write(COMMAND, 0xa9));
    CHECK(answer(controller) == std::optional<std::uint8_t>(0x01));
    CHECK(!controller.write(COMMAND, 0xd3));
    CHECK(!controller.write(DATA, 0x5a));
    CHECK(answer(controller) != std::optional<std::uint8_t>(0x5a)); // Linux's loop test fails without waiting
  }

  TEST_CASE("the configuration is kept and follows the port commands") {
    I8042 controller;
    CHECK(!controller.write(COMMAND, 0x60));
    CHECK(!controller.write(DATA, 0x47));
    CHECK(!controller.write(COMMAND, 0xad));
    CHECK(!controller.write(COMMAND, 0xa7));
    CHECK(!controller.write(COMMAND, 0x20));
    CHECK(answer(controller) == std::optional<std::uint8_t>(0x77));
    CHECK(!controller.write(COMMAND, 0xae));
    CHECK(!controller.write(COMMAND, 0xa8));
    CHECK(!controller.write(COMMAND, 0x20));
    CHECK(answer(controller) == std::optional<std::uint8_t>(0x47));
  }

  TEST_CASE("a byte for the keyboard is answered with a time-out, since there is none") {
    I8042 controller;
    CHECK(!controller.write(DATA, 0xf2));
    CHECK((controller.read(COMMAND) & 0x41) == 0x41);
    CHECK(controller.interrupt_asserted());
    CHECK(controller.read(DATA) == 0xfe);
    CHECK((controller.read(COMMAND) & 0x41) == 0);
    CHECK(!controller.interrupt_asserted());
  }
}

} // namespace volt::test
