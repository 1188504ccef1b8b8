// Events to any number of descriptors, none of which can hold up the machine.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "vmm/descriptor_pump.h"

namespace volt {

/// Must live as long as the process; used by one thread.
class EventLog {
public:
  [[nodiscard]] Result<void> start(std::span<const int> descriptors);

  /// Appends a newline. A descriptor whose reader is far behind misses whole events.
  void write(std::string_view event);
  /// No more events: waits for the readers, as OutputPump::flush() does.
  void finish(std::chrono::milliseconds patience, std::chrono::milliseconds limit);

private:
  struct Outlet {
    ByteQueue queue{std::size_t{64} * 1024};
    OutputPump pump;
  };

  std::vector<std::unique_ptr<Outlet>> outlets_;
};

} // namespace volt
