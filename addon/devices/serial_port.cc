// The UART behind its lock.
#include "devices/serial_port.h"

namespace volt {

void SerialPort::read(std::uint64_t offset, std::span<std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : data) {
    if (offset == Uart16550::line_status_register) polled_output_.status_read();
    byte = uart_.read(static_cast<std::uint8_t>(offset++));
  }
  fetch_input_locked();
  update_line_locked();
}

void SerialPort::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (const std::uint8_t byte : data) {
    if (const auto sent = uart_.write(static_cast<std::uint8_t>(offset++), byte)) {
      peer_.transmitted(*sent);
      if (uart_.only_sends()) polled_output_.byte_sent();
    }
  }
  update_keeping_locked();
  fetch_input_locked();
  update_line_locked();
}

void SerialPort::fetch_input() {
  const std::lock_guard lock(mutex_);
  fetch_input_locked();
  update_line_locked();
}

void SerialPort::fetch_input_locked() {
  if (input_ == PortInput::while_open && !uart_.awaits_input()) return;
  while (uart_.has_room()) {
    const auto byte = peer_.next_input();
    if (!byte) return;
    uart_.receive(*byte);
  }
}

void SerialPort::output_rests() {
  const std::lock_guard lock(mutex_);
  polled_output_.rest();
  update_keeping_locked();
}

void SerialPort::update_keeping_locked() {
  if (!uart_.only_sends()) polled_output_.end();
  may_keep_output_ = polled_output_.is_kept();
}

void SerialPort::update_line_locked() {
  const bool asserted = uart_.interrupt_asserted();
  if (line_ == nullptr || asserted == asserted_) return;
  asserted_ = asserted;
  line_->set_level(asserted);
}

} // namespace volt
