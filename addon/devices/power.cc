// The power block: what its registers do, and the pulse of its button.
#include "devices/power.h"

namespace volt {

namespace {

constexpr std::uint8_t SLP_TYP_MASK = 0x1c; // bits 4:2
constexpr std::uint8_t SLP_TYP_SHIFT = 2;
constexpr std::uint8_t SLP_EN = 0x20; // reads as zero
constexpr std::uint8_t WAK_STS = 0x80;

constexpr std::uint8_t SLEEP_TYPE_S5 = 5;  // as the DSDT's \_S5 says
constexpr std::uint8_t RESET_VALUE = 0x01; // as the FADT says

} // namespace

std::uint8_t PowerRegisters::read(std::uint8_t offset) {
  switch (offset) {
  case sleep_control:
    return state_.sleep_control;
  case sleep_status:
    return state_.sleep_status;
  case events: {
    const std::uint8_t happened = state_.events;
    state_.events = 0;
    return happened;
  }
  default:
    return 0; // the reset register is write-only
  }
}

PowerRequest PowerRegisters::write(std::uint8_t offset, std::uint8_t value) {
  switch (offset) {
  case sleep_control:
    return sleep(value);
  case sleep_status:
    // Written as one, the bit is cleared.
    state_.sleep_status &= static_cast<std::uint8_t>(~(value & WAK_STS));
    return PowerRequest::none;
  case reset:
    return value == RESET_VALUE ? PowerRequest::reset : PowerRequest::none;
  default:
    return PowerRequest::none; // only the machine raises events
  }
}

PowerRequest PowerRegisters::sleep(std::uint8_t value) {
  state_.sleep_control = value & SLP_TYP_MASK;
  if ((value & SLP_EN) == 0) return PowerRequest::none;
  if ((value & SLP_TYP_MASK) >> SLP_TYP_SHIFT == SLEEP_TYPE_S5) return PowerRequest::power_off;
  // A driver waits for the end of the sleep; without the bit it would do so for ever.
  state_.sleep_status |= WAK_STS;
  return PowerRequest::none;
}

void PowerDevice::read(std::uint64_t offset, std::span<std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : data)
    byte = registers_.read(static_cast<std::uint8_t>(offset++));
}

void PowerDevice::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (const std::uint8_t byte : data) {
    const PowerRequest request = registers_.write(static_cast<std::uint8_t>(offset++), byte);
    if (request == PowerRequest::power_off) listener_.guest_powered_off();
    if (request == PowerRequest::reset) listener_.guest_reset();
  }
}

void PowerDevice::press_power_button() {
  const std::lock_guard lock(mutex_);
  registers_.raise(PowerRegisters::event_power_button);
  line_.set_level(true);
  line_.set_level(false);
}

} // namespace volt
