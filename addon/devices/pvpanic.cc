// pvpanic: which bit says what.
#include "devices/pvpanic.h"

#include <algorithm>

namespace volt {

PanicReport PvpanicRegister::write(std::uint8_t value) {
  if ((value & panicked) != 0) return PanicReport::panicked;
  if ((value & crash_loaded) == 0 || state_.crash_loaded) return PanicReport::none;
  state_.crash_loaded = true;
  return PanicReport::crash_loaded;
}

void PvpanicDevice::read(std::uint64_t, std::span<std::uint8_t> data) {
  std::ranges::fill(data, PvpanicRegister::read());
}

void PvpanicDevice::write(std::uint64_t, std::span<const std::uint8_t> data) {
  const std::lock_guard lock(mutex_);
  for (const std::uint8_t byte : data) {
    const PanicReport report = register_.write(byte);
    if (report == PanicReport::panicked) listener_.guest_panicked();
    if (report == PanicReport::crash_loaded) listener_.guest_loaded_crash_kernel();
  }
}

} // namespace volt
