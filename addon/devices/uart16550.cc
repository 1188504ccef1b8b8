// The 16550A's registers.
#include "devices/uart16550.h"

#include <cassert>

namespace volt {

namespace {

// Register offsets; the first two are the divisor latch while DLAB is set.
enum Register : std::uint8_t {
  RBR_THR = Uart16550::holding_register,
  IER = 1,
  IIR_FCR = 2,
  LCR = 3,
  MCR = 4,
  LSR = Uart16550::line_status_register,
  MSR = 6,
  SCR = 7
};

constexpr std::uint8_t IER_RECEIVED = 0x01;
constexpr std::uint8_t IER_TRANSMITTER_EMPTY = 0x02;
constexpr std::uint8_t IER_LINE_STATUS = 0x04;
constexpr std::uint8_t IER_MODEM_STATUS = 0x08;
constexpr std::uint8_t IER_WRITABLE = 0x0f;

// Sources by priority, highest first; bit 0 clear means pending.
constexpr std::uint8_t IIR_LINE_STATUS = 0x06;
constexpr std::uint8_t IIR_RECEIVED = 0x04;
constexpr std::uint8_t IIR_TIMEOUT = 0x0c;
constexpr std::uint8_t IIR_TRANSMITTER_EMPTY = 0x02;
constexpr std::uint8_t IIR_MODEM_STATUS = 0x00;
constexpr std::uint8_t IIR_NONE = 0x01;
constexpr std::uint8_t IIR_FIFOS_ENABLED = 0xc0;

constexpr std::uint8_t FCR_ENABLE = 0x01;
constexpr std::uint8_t FCR_CLEAR_RECEIVE = 0x02;
constexpr std::uint8_t FCR_KEPT = 0xc9; // trigger level, DMA mode, enable
constexpr std::array<std::uint8_t, 4> trigger_levels{1, 4, 8, 14};

constexpr std::uint8_t LCR_DLAB = 0x80;

constexpr std::uint8_t MCR_DTR = 0x01;
constexpr std::uint8_t MCR_RTS = 0x02;
constexpr std::uint8_t MCR_OUT1 = 0x04;
constexpr std::uint8_t MCR_OUT2 = 0x08;
constexpr std::uint8_t MCR_LOOPBACK = 0x10;
constexpr std::uint8_t MCR_WRITABLE = 0x1f;

constexpr std::uint8_t LSR_DATA_READY = 0x01;
constexpr std::uint8_t LSR_OVERRUN = 0x02;
constexpr std::uint8_t LSR_TRANSMITTER_EMPTY = 0x60; // THRE and TEMT

constexpr std::uint8_t MSR_CTS = 0x10;
constexpr std::uint8_t MSR_DSR = 0x20;
constexpr std::uint8_t MSR_RI = 0x40;
constexpr std::uint8_t MSR_DCD = 0x80;
constexpr std::uint8_t MSR_DELTA_RI = 0x04; // only the trailing edge counts

} // namespace

bool Uart16550::fifo_enabled() const {
  return (state_.fifo_control & FCR_ENABLE) != 0;
}

bool Uart16550::loopback() const {
  return (state_.modem_control & MCR_LOOPBACK) != 0;
}

bool Uart16550::only_sends() const {
  const bool divisor_latch = (state_.line_control & LCR_DLAB) != 0;
  const bool interrupts = (state_.interrupt_enable & IER_TRANSMITTER_EMPTY) != 0;
  return !divisor_latch && !interrupts && !loopback();
}

bool Uart16550::has_room() const {
  const std::size_t capacity = fifo_enabled() ? state_.receive_fifo.size() : 1;
  return !loopback() && state_.receive_count < capacity;
}

bool Uart16550::awaits_input() const {
  return (state_.interrupt_enable & IER_RECEIVED) != 0 && (state_.modem_control & MCR_OUT2) != 0;
}

void Uart16550::receive(std::uint8_t byte) {
  assert(state_.receive_count < state_.receive_fifo.size());
  const std::size_t tail = (state_.receive_head + state_.receive_count) % state_.receive_fifo.size();
  state_.receive_fifo[tail] = byte;
  ++state_.receive_count;
}

std::uint8_t Uart16550::take_received() {
  const std::uint8_t byte = state_.receive_fifo[state_.receive_head];
  if (state_.receive_count == 0) return byte; // an empty receiver repeats itself
  state_.receive_head = static_cast<std::uint8_t>((state_.receive_head + 1U) % state_.receive_fifo.size());
  --state_.receive_count;
  return byte;
}

// CTS, DSR and DCD are always up: the console is there. In loopback they follow our own outputs.
std::uint8_t Uart16550::modem_lines() const {
  if (!loopback()) return MSR_CTS | MSR_DSR | MSR_DCD;
  const auto follow = [this](std::uint8_t output, std::uint8_t input) {
    return (state_.modem_control & output) != 0 ? input : std::uint8_t{0};
  };
  return static_cast<std::uint8_t>(follow(MCR_RTS, MSR_CTS) | follow(MCR_DTR, MSR_DSR) | follow(MCR_OUT1, MSR_RI) |
                                   follow(MCR_OUT2, MSR_DCD));
}

std::uint8_t Uart16550::pending_interrupt() const {
  const auto enabled = [this](std::uint8_t source) { return (state_.interrupt_enable & source) != 0; };
  if (enabled(IER_LINE_STATUS) && state_.overrun) return IIR_LINE_STATUS;
  if (enabled(IER_RECEIVED) && state_.receive_count > 0) {
    const std::uint8_t trigger = fifo_enabled() ? trigger_levels[state_.fifo_control >> 6] : std::uint8_t{1};
    // Without a clock, a FIFO below its trigger level has timed out as soon as it holds anything.
    return state_.receive_count >= trigger ? IIR_RECEIVED : IIR_TIMEOUT;
  }
  if (enabled(IER_TRANSMITTER_EMPTY) && state_.transmitter_empty_pending) return IIR_TRANSMITTER_EMPTY;
  if (enabled(IER_MODEM_STATUS) && state_.modem_delta != 0) return IIR_MODEM_STATUS;
  return IIR_NONE;
}

bool Uart16550::interrupt_asserted() const {
  // In loopback the outputs are disconnected, and OUT2 with them.
  const bool routed = (state_.modem_control & MCR_OUT2) != 0 && !loopback();
  return routed && pending_interrupt() != IIR_NONE;
}

std::uint8_t Uart16550::read_interrupt_identification() {
  const std::uint8_t source = pending_interrupt();
  // This read is the notice that the transmitter's interrupt waits for.
  if (source == IIR_TRANSMITTER_EMPTY) state_.transmitter_empty_pending = false;
  return static_cast<std::uint8_t>(source | (fifo_enabled() ? IIR_FIFOS_ENABLED : 0));
}

std::uint8_t Uart16550::read_line_status() {
  const std::uint8_t ready = state_.receive_count > 0 ? LSR_DATA_READY : 0;
  const std::uint8_t overrun = state_.overrun ? LSR_OVERRUN : 0;
  state_.overrun = false;
  return static_cast<std::uint8_t>(LSR_TRANSMITTER_EMPTY | ready | overrun);
}

std::uint8_t Uart16550::read_modem_status() {
  const auto status = static_cast<std::uint8_t>(modem_lines() | state_.modem_delta);
  state_.modem_delta = 0;
  return status;
}

std::uint8_t Uart16550::read(std::uint8_t offset) {
  const bool divisor_latch = (state_.line_control & LCR_DLAB) != 0;
  switch (offset) {
  case RBR_THR:
    return divisor_latch ? state_.divisor_low : take_received();
  case IER:
    return divisor_latch ? state_.divisor_high : state_.interrupt_enable;
  case IIR_FCR:
    return read_interrupt_identification();
  case LCR:
    return state_.line_control;
  case MCR:
    return state_.modem_control;
  case LSR:
    return read_line_status();
  case MSR:
    return read_modem_status();
  case SCR:
    return state_.scratch;
  default:
    return 0xff;
  }
}

std::optional<std::uint8_t> Uart16550::transmit(std::uint8_t byte) {
  // The holding register is empty again at once.
  state_.transmitter_empty_pending = true;
  if (!loopback()) return byte;
  const std::size_t capacity = fifo_enabled() ? state_.receive_fifo.size() : 1;
  if (state_.receive_count < capacity) {
    receive(byte);
  } else {
    state_.overrun = true;
  }
  return std::nullopt;
}

void Uart16550::write_interrupt_enable(std::uint8_t value) {
  const bool was_enabled = (state_.interrupt_enable & IER_TRANSMITTER_EMPTY) != 0;
  state_.interrupt_enable = value & IER_WRITABLE;
  const bool is_enabled = (state_.interrupt_enable & IER_TRANSMITTER_EMPTY) != 0;
  // Enabling it while the transmitter is empty, as it always is, raises it: drivers test for this.
  if (is_enabled && !was_enabled) state_.transmitter_empty_pending = true;
}

void Uart16550::write_fifo_control(std::uint8_t value) {
  const bool toggles = ((value ^ state_.fifo_control) & FCR_ENABLE) != 0;
  if (toggles || (value & FCR_CLEAR_RECEIVE) != 0) state_.receive_count = 0;
  // The other bits count only together with the enable bit.
  state_.fifo_control = (value & FCR_ENABLE) != 0 ? value & FCR_KEPT : 0;
}

void Uart16550::write_modem_control(std::uint8_t value) {
  const std::uint8_t before = modem_lines();
  state_.modem_control = value & MCR_WRITABLE;
  const std::uint8_t after = modem_lines();
  auto changed = static_cast<std::uint8_t>((before ^ after) >> 4);
  if ((after & MSR_RI) != 0) changed &= static_cast<std::uint8_t>(~MSR_DELTA_RI);
  state_.modem_delta |= changed;
}

std::optional<std::uint8_t> Uart16550::write(std::uint8_t offset, std::uint8_t value) {
  const bool divisor_latch = (state_.line_control & LCR_DLAB) != 0;
  switch (offset) {
  case RBR_THR:
    if (!divisor_latch) return transmit(value);
    state_.divisor_low = value;
    break;
  case IER:
    if (divisor_latch) {
      state_.divisor_high = value;
    } else {
      write_interrupt_enable(value);
    }
    break;
  case IIR_FCR:
    write_fifo_control(value);
    break;
  case LCR:
    state_.line_control = value;
    break;
  case MCR:
    write_modem_control(value);
    break;
  case SCR:
    state_.scratch = value;
    break;
  default: // the status registers are for reading
    break;
  }
  return std::nullopt;
}

} // namespace volt
