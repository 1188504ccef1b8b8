// What happens to a machine that goes on: told to whoever holds it, and so to its events.
#pragma once

#include <string>

namespace volt {

struct Notice {
  enum class Kind {
    /// The power button was pressed.
    power_button,
    /// No vCPU runs any more, and all run again.
    paused,
    resumed,
    /// The guest panicked and its crash kernel takes over (pvpanic).
    crash_loaded,
    /// A driver did something wrong with a device.
    device_fault,
    /// What is behind a network device is gone, and its link is down for good.
    link_down,
    /// The process that serves a device's queues is gone, or was given up.
    back_end_down,
  };

  Kind kind = Kind::power_button;
  /// device_fault, link_down, back_end_down: the device's id, and what was wrong or why.
  std::string device = {};
  std::string message = {};

  friend bool operator==(const Notice&, const Notice&) = default;
};

} // namespace volt
