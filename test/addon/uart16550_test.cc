// The UART's registers, as drivers see them.
#include <doctest/doctest.h>

#include "devices/uart16550.h"

namespace volt::test {

namespace {

constexpr std::uint8_t DATA = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7;
constexpr std::uint8_t OUT2 = 0x08;

void put(Uart16550& uart, std::uint8_t offset, std::uint8_t value) {
  static_cast<void>(uart.write(offset, value));
}

} // namespace

TEST_SUITE("devices/uart16550") {
  TEST_CASE("a byte written is sent at once and the transmitter stays empty") {
    Uart16550 uart;
    CHECK(uart.write(DATA, 'x') == std::optional<std::uint8_t>('x'));
    CHECK((uart.read(LSR) & 0x60) == 0x60);
  }

  TEST_CASE("the divisor latch hides data and interrupt enable while DLAB is set") {
    Uart16550 uart;
    put(uart, IER, 0x05);
    put(uart, LCR, 0x83);
    CHECK(!uart.write(DATA, 0x01));
    put(uart, IER, 0x02);
    CHECK(uart.read(DATA) == 0x01);
    CHECK(uart.read(IER) == 0x02);
    put(uart, LCR, 0x03);
    CHECK(uart.read(IER) == 0x05);
  }

  TEST_CASE("a driver's probe finds a 16550A: IER, scratch, loopback, FIFO bits") {
    Uart16550 uart;
    put(uart, IER, 0xff);
    CHECK(uart.read(IER) == 0x0f);
    put(uart, IER, 0);
    CHECK(uart.read(IER) == 0);
    put(uart, SCR, 0xa5);
    CHECK(uart.read(SCR) == 0xa5);
    put(uart, MCR, 0x1a); // loopback with RTS and OUT2
    CHECK((uart.read(MSR) & 0xf0) == 0x90);
    put(uart, MCR, 0);
    CHECK(uart.read(IIR) == 0x01);
    put(uart, FCR, 0x01);
    CHECK(uart.read(IIR) == 0xc1);
    put(uart, FCR, 0x21); // a 16750 would show bit 5
    CHECK(uart.read(IIR) == 0xc1);
    put(uart, FCR, 0);
    CHECK(uart.read(IIR) == 0x01);
  }

  TEST_CASE("the modem lines are up outside loopback and deltas clear on reading") {
    Uart16550 uart;
    CHECK(uart.read(MSR) == 0xb0);
    put(uart, MCR, 0x10); // loopback: CTS, DSR, DCD drop
    CHECK(uart.read(MSR) == 0x0b);
    CHECK(uart.read(MSR) == 0x00);
    put(uart, MCR, 0x14); // OUT1 raises RI: no delta
    CHECK(uart.read(MSR) == 0x40);
    put(uart, MCR, 0x10); // its trailing edge counts
    CHECK(uart.read(MSR) == 0x04);
  }

  TEST_CASE("enabling the transmitter's interrupt raises it, and reading IIR takes it back") {
    Uart16550 uart;
    put(uart, MCR, OUT2);
    CHECK(!uart.interrupt_asserted());
    put(uart, IER, 0x02);
    CHECK(uart.interrupt_asserted());
    CHECK(uart.read(IIR) == 0x02);
    CHECK(!uart.interrupt_asserted());
    CHECK(uart.read(IIR) == 0x01);
    put(uart, IER, 0x00);
    put(uart, IER, 0x02); // Linux tests for this (UART_BUG_THRE)
    CHECK(uart.read(IIR) == 0x02);
    put(uart, DATA, 'x');
    CHECK(uart.interrupt_asserted());
  }

  TEST_CASE("the interrupt goes through OUT2 and not through loopback") {
    Uart16550 uart;
    put(uart, IER, 0x02);
    CHECK(!uart.interrupt_asserted());
    put(uart, MCR, OUT2);
    CHECK(uart.interrupt_asserted());
    put(uart, MCR, OUT2 | 0x10);
    CHECK(!uart.interrupt_asserted());
  }

  TEST_CASE("without FIFOs there is room for one byte, with them for sixteen") {
    Uart16550 uart;
    uart.receive('1');
    CHECK(!uart.has_room());
    CHECK(uart.read(DATA) == '1');
    put(uart, FCR, 0x01);
    for (std::uint8_t index = 0; index < 16; ++index) {
      REQUIRE(uart.has_room());
      uart.receive(index);
    }
    CHECK(!uart.has_room());
    for (std::uint8_t index = 0; index < 16; ++index)
      CHECK(uart.read(DATA) == index);
    CHECK((uart.read(LSR) & 0x01) == 0);
  }

  TEST_CASE("received data interrupts at the trigger level and times out below it") {
    Uart16550 uart;
    put(uart, MCR, OUT2);
    put(uart, FCR, 0x81); // trigger at 8
    put(uart, IER, 0x01);
    uart.receive('a');
    CHECK(uart.interrupt_asserted());
    CHECK(uart.read(IIR) == 0xcc);
    for (int count = 1; count < 8; ++count)
      uart.receive('b');
    CHECK(uart.read(IIR) == 0xc4);
    for (int count = 0; count < 8; ++count)
      static_cast<void>(uart.read(DATA));
    CHECK(uart.read(IIR) == 0xc1);
    CHECK(!uart.interrupt_asserted());
  }

  TEST_CASE("sources are identified by priority") {
    Uart16550 uart;
    put(uart, IER, 0x0f);
    put(uart, MCR, 0x10);
    put(uart, DATA, 'a'); // comes back
    put(uart, DATA, 'b'); // overruns
    put(uart, MCR, OUT2); // changes the modem lines
    CHECK(uart.read(IIR) == 0x06);
    CHECK((uart.read(LSR) & 0x02) == 0x02);
    CHECK(uart.read(IIR) == 0x04);
    CHECK(uart.read(DATA) == 'a');
    CHECK(uart.read(IIR) == 0x02);
    CHECK(uart.read(IIR) == 0x00);
    static_cast<void>(uart.read(MSR));
    CHECK(uart.read(IIR) == 0x01);
  }

  TEST_CASE("clearing the receive FIFO or toggling the FIFOs drops what was received") {
    Uart16550 uart;
    put(uart, FCR, 0x01);
    uart.receive('a');
    put(uart, FCR, 0x03);
    CHECK((uart.read(LSR) & 0x01) == 0);
    uart.receive('b');
    put(uart, FCR, 0x00);
    CHECK((uart.read(LSR) & 0x01) == 0);
  }
}

} // namespace volt::test
