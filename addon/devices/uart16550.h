// The registers of a 16550A UART as a pure model: no clock, no thread, no host. What is written is sent at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace volt {

/// Everything that a saved machine would have to keep of a UART.
struct Uart16550State {
  std::uint32_t version = 1;
  std::array<std::uint8_t, 16> receive_fifo{};
  std::uint8_t receive_head = 0;
  std::uint8_t receive_count = 0;
  std::uint8_t divisor_low = 12; // 9600 baud, as firmware leaves it
  std::uint8_t divisor_high = 0;
  std::uint8_t interrupt_enable = 0;
  std::uint8_t fifo_control = 0;
  std::uint8_t line_control = 0;
  std::uint8_t modem_control = 0;
  std::uint8_t scratch = 0;
  /// Low nibble of the modem status register: what changed since it was read.
  std::uint8_t modem_delta = 0;
  bool overrun = false;
  /// The transmitter became empty and nobody has taken notice yet.
  bool transmitter_empty_pending = false;
};

/// National Semiconductor PC16550D data sheet, section 8. Not thread safe.
class Uart16550 {
public:
  /// Number of registers, and so of ports.
  static constexpr std::uint8_t register_count = 8;
  /// The transmitter's holding register, and the line status register.
  static constexpr std::uint8_t holding_register = 0;
  static constexpr std::uint8_t line_status_register = 5;

  /// `offset` below register_count. May change state, as reading a real one does.
  [[nodiscard]] std::uint8_t read(std::uint8_t offset);
  /// The byte that went out on the line, if the write sent one.
  [[nodiscard]] std::optional<std::uint8_t> write(std::uint8_t offset, std::uint8_t value);

  /// Whether a byte written to the holding register goes out on the line and does nothing besides that the guest could
  /// tell: no divisor latch, no loopback, no interrupt of the transmitter.
  [[nodiscard]] bool only_sends() const;
  /// Whether receive() would take a byte. The line is cut in loopback mode.
  [[nodiscard]] bool has_room() const;
  /// Whether the guest takes interrupts for bytes that arrive: a driver has the port open.
  [[nodiscard]] bool awaits_input() const;
  /// A byte arrives on the line; only when has_room().
  void receive(std::uint8_t byte);

  /// Level of the interrupt line: a PC routes INTR through OUT2.
  [[nodiscard]] bool interrupt_asserted() const;

  [[nodiscard]] const Uart16550State& state() const { return state_; }

private:
  [[nodiscard]] bool fifo_enabled() const;
  [[nodiscard]] bool loopback() const;
  [[nodiscard]] std::uint8_t modem_lines() const;
  [[nodiscard]] std::uint8_t pending_interrupt() const;
  [[nodiscard]] std::uint8_t take_received();
  [[nodiscard]] std::uint8_t read_interrupt_identification();
  [[nodiscard]] std::uint8_t read_line_status();
  [[nodiscard]] std::uint8_t read_modem_status();
  [[nodiscard]] std::optional<std::uint8_t> transmit(std::uint8_t byte);
  void write_interrupt_enable(std::uint8_t value);
  void write_fifo_control(std::uint8_t value);
  void write_modem_control(std::uint8_t value);

  Uart16550State state_;
};

} // namespace volt
