// Commands of the keyboard controller.
#include "devices/i8042.h"

namespace volt {

namespace {

enum Command : std::uint8_t {
  READ_CONFIGURATION = 0x20,
  WRITE_CONFIGURATION = 0x60,
  DISABLE_AUXILIARY = 0xa7,
  ENABLE_AUXILIARY = 0xa8,
  TEST_AUXILIARY = 0xa9,
  SELF_TEST = 0xaa,
  TEST_KEYBOARD = 0xab,
  DISABLE_KEYBOARD = 0xad,
  ENABLE_KEYBOARD = 0xae,
  READ_OUTPUT_PORT = 0xd0,
  WRITE_OUTPUT_PORT = 0xd1,
  WRITE_KEYBOARD_OUTPUT = 0xd2,
  WRITE_AUXILIARY_OUTPUT = 0xd3,
  WRITE_AUXILIARY = 0xd4,
  FIRST_PULSE = 0xf0, // 0xf0 to 0xff pulse the output lines whose bit is clear; bit 0 is reset
};

constexpr std::uint8_t STATUS_OUTPUT_FULL = 0x01;
constexpr std::uint8_t STATUS_SYSTEM_FLAG = 0x04;
constexpr std::uint8_t STATUS_NOT_LOCKED = 0x10;
constexpr std::uint8_t STATUS_TIMEOUT = 0x40;

constexpr std::uint8_t CONFIGURATION_KEYBOARD_INTERRUPT = 0x01;
constexpr std::uint8_t CONFIGURATION_SYSTEM_FLAG = 0x04;
constexpr std::uint8_t CONFIGURATION_KEYBOARD_DISABLED = 0x10;
constexpr std::uint8_t CONFIGURATION_AUXILIARY_DISABLED = 0x20;

constexpr std::uint8_t OUTPUT_PORT_RESET = 0x01; // active low
constexpr std::uint8_t OUTPUT_PORT_A20 = 0x02;

constexpr std::uint8_t SELF_TEST_PASSED = 0x55;
constexpr std::uint8_t PORT_TEST_PASSED = 0x00;
constexpr std::uint8_t PORT_TEST_CLOCK_LOW = 0x01;
constexpr std::uint8_t NO_DEVICE = 0xfe;

} // namespace

void I8042::respond(std::uint8_t value) {
  state_.output = value;
  state_.output_full = true;
  state_.output_is_timeout = false;
}

std::uint8_t I8042::read(std::uint8_t port) {
  if (port == data_port) {
    state_.output_full = false;
    state_.output_is_timeout = false;
    return state_.output;
  }
  std::uint8_t status = STATUS_NOT_LOCKED;
  if (state_.output_full) status |= STATUS_OUTPUT_FULL;
  if (state_.output_is_timeout) status |= STATUS_TIMEOUT;
  if ((state_.configuration & CONFIGURATION_SYSTEM_FLAG) != 0) status |= STATUS_SYSTEM_FLAG;
  return status;
}

bool I8042::write(std::uint8_t port, std::uint8_t value) {
  return port == command_port ? run_command(value) : take_data(value);
}

bool I8042::run_command(std::uint8_t command) {
  state_.awaited_command = 0;
  switch (command) {
  case READ_CONFIGURATION:
    respond(state_.configuration);
    break;
  case WRITE_CONFIGURATION:
  case WRITE_OUTPUT_PORT:
  case WRITE_KEYBOARD_OUTPUT:
  case WRITE_AUXILIARY_OUTPUT:
  case WRITE_AUXILIARY:
    state_.awaited_command = command;
    break;
  case DISABLE_KEYBOARD:
    state_.configuration |= CONFIGURATION_KEYBOARD_DISABLED;
    break;
  case ENABLE_KEYBOARD:
    state_.configuration &= static_cast<std::uint8_t>(~CONFIGURATION_KEYBOARD_DISABLED);
    break;
  case DISABLE_AUXILIARY:
    state_.configuration |= CONFIGURATION_AUXILIARY_DISABLED;
    break;
  case ENABLE_AUXILIARY:
    state_.configuration &= static_cast<std::uint8_t>(~CONFIGURATION_AUXILIARY_DISABLED);
    break;
  case SELF_TEST:
    respond(SELF_TEST_PASSED);
    break;
  case TEST_KEYBOARD:
    respond(PORT_TEST_PASSED);
    break;
  case TEST_AUXILIARY: // there is no auxiliary port: its clock never rises
    respond(PORT_TEST_CLOCK_LOW);
    break;
  case READ_OUTPUT_PORT:
    respond(OUTPUT_PORT_RESET | OUTPUT_PORT_A20);
    break;
  default:
    return command >= FIRST_PULSE && (command & OUTPUT_PORT_RESET) == 0;
  }
  return false;
}

bool I8042::take_data(std::uint8_t value) {
  const std::uint8_t command = state_.awaited_command;
  state_.awaited_command = 0;
  switch (command) {
  case WRITE_CONFIGURATION:
    state_.configuration = value;
    return false;
  case WRITE_OUTPUT_PORT:
    return (value & OUTPUT_PORT_RESET) == 0;
  case WRITE_KEYBOARD_OUTPUT:
    respond(value);
    return false;
  default:
    // For a keyboard or a mouse, of which there is none: the controller reports at once that nobody answered. The
    // auxiliary loop answers so too, which tells a driver that there is no such port without waiting for a time-out.
    respond(NO_DEVICE);
    state_.output_is_timeout = true;
    return false;
  }
}

bool I8042::interrupt_asserted() const {
  return state_.output_full && (state_.configuration & CONFIGURATION_KEYBOARD_INTERRUPT) != 0;
}

void KeyboardController::read(std::uint64_t offset, std::span<std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : data)
    byte = controller_.read(static_cast<std::uint8_t>(offset++));
  update_line_locked();
}

void KeyboardController::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (const std::uint8_t byte : data) {
    if (controller_.write(static_cast<std::uint8_t>(offset++), byte)) reset_.pulse();
  }
  update_line_locked();
}

void KeyboardController::update_line_locked() {
  const bool asserted = controller_.interrupt_asserted();
  if (line_ == nullptr || asserted == asserted_) return;
  asserted_ = asserted;
  line_->set_level(asserted);
}

} // namespace volt
