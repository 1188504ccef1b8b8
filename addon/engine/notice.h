// What happens to a machine that goes on: told to whoever holds it, and so to its events.
#pragma once

namespace volt {

enum class Notice {
  /// The power button was pressed.
  power_button,
  /// The guest panicked and its crash kernel takes over (pvpanic).
  crash_loaded,
};

} // namespace volt
