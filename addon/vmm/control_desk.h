// Answers requests about the machine of the present boot.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/machine.h"
#include "vmm/control_request.h"

namespace volt {

/// Any number of threads. Waits for the loops of devices, never for the guest.
class ControlDesk {
public:
  /// Null for none; before a machine is destroyed. Not on a device's loop.
  void connect(Machine* machine);

  /// The reply to a line, one line of JSON without its end: `{"formatVersion":1,"ok":true,…}`, or with `"ok":false` and
  /// `code` (REQUEST_INVALID, NOT_RUNNING, NO_SUCH_DEVICE, NO_SUCH_LIMIT) and `message`.
  [[nodiscard]] std::string answer(std::string_view line);

private:
  std::mutex mutex_;
  // Below: guarded by mutex_.
  Machine* machine_ = nullptr;
  std::chrono::steady_clock::time_point started_;
};

/// The reply to what is no request.
[[nodiscard]] std::string refusal(std::string_view code, std::string_view message);

} // namespace volt
