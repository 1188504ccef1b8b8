// The console's bounds, and a serial port between it and an interrupt line.
#include <array>
#include <doctest/doctest.h>

#include "engine/console.h"

namespace volt::test {

namespace {

class RecordedLine : public IrqLine {
public:
  void set_level(bool asserted) override { levels.push_back(asserted); }

  std::vector<bool> levels;
};

void put(SerialPort& port, std::uint64_t offset, std::uint8_t value) {
  port.write(offset, std::span(&value, 1));
}

std::uint8_t get(SerialPort& port, std::uint64_t offset) {
  std::uint8_t value = 0;
  port.read(offset, std::span(&value, 1));
  return value;
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

} // namespace

TEST_SUITE("engine/console") {
  TEST_CASE("output that nobody wants is thrown away without being counted") {
    Console console;
    console.discard_output();
    console.transmitted('x');
    CHECK(console.take_dropped() == 0);
    CHECK(console.output().exhausted());
  }

  TEST_CASE("output that nobody reads is dropped and counted once it exceeds a mebibyte") {
    Console console;
    constexpr std::size_t capacity = 1024 * 1024;
    for (std::size_t count = 0; count < capacity; ++count)
      console.transmitted('x');
    CHECK(console.take_dropped() == 0);
    for (int count = 0; count < 7; ++count)
      console.transmitted('y');
    CHECK(console.take_dropped() == 7);
    CHECK(console.take_dropped() == 0);
    std::array<std::uint8_t, 1> one{};
    REQUIRE(console.output().pop(one) == 1);
    console.transmitted('z');
    CHECK(console.take_dropped() == 0);
  }

  TEST_CASE("input waits in a bounded buffer and refills the receiver as the guest reads") {
    Console console;
    RecordedLine line;
    SerialPort port(console, &line);
    put(port, 4, 0x08); // MCR: OUT2
    put(port, 2, 0x01); // FCR: FIFOs
    put(port, 1, 0x01); // IER: received data
    const std::vector<std::uint8_t> flood(100'000, 'i');
    const std::size_t taken = console.input().push(flood);
    CHECK(taken == 4096);
    port.fetch_input();
    CHECK(line.levels == std::vector<bool>{true});
    CHECK(console.input().push(flood) == 16); // a FIFO's worth moved on
    std::size_t read = 0;
    while ((get(port, 5) & 0x01) != 0) {
      CHECK(get(port, 0) == 'i');
      ++read;
    }
    CHECK(read == taken + 16);
    CHECK(line.levels == std::vector<bool>{true, false});
  }

  TEST_CASE("a port beside another console takes input only while the guest takes interrupts for it") {
    Console console;
    RecordedLine line;
    SerialPort port(console, &line, PortInput::while_open);
    REQUIRE(console.input().push(bytes_of("kl")) == 2);
    port.fetch_input();
    put(port, 1, 0x01); // IER: received data, as drivers do when they look for a port
    CHECK((get(port, 5) & 0x01) == 0);
    put(port, 4, 0x08); // MCR: OUT2
    CHECK(get(port, 0) == 'k');
    put(port, 1, 0x00);
    CHECK(get(port, 0) == 'l'); // it was in the receiver
    REQUIRE(console.input().push(bytes_of("m")) == 1);
    port.fetch_input();
    CHECK((get(port, 5) & 0x01) == 0);
    CHECK(console.has_input());
  }

  TEST_CASE("the line follows the transmitter's interrupt") {
    Console console;
    RecordedLine line;
    SerialPort port(console, &line);
    put(port, 4, 0x08);
    put(port, 1, 0x02);
    CHECK(get(port, 2) == 0x02);
    put(port, 0, 'a');
    CHECK(get(port, 2) == 0x02);
    CHECK(line.levels == std::vector<bool>{true, false, true, false});
  }

  TEST_CASE("a port without an interrupt line works by polling") {
    Console console;
    SerialPort port(console, nullptr);
    put(port, 4, 0x08);
    put(port, 1, 0x03);
    REQUIRE(console.input().push(bytes_of("k")) == 1);
    port.fetch_input();
    CHECK(get(port, 0) == 'k');
  }
}

} // namespace volt::test
