// Events to any number of descriptors, none of which can hold up the machine.
#pragma once

#include <cstdint>
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
  /// Writes `console-dropped` where the reader is not behind, and adds the bytes to a later one where it is; 0 writes
  /// what is owed.
  void write_dropped(std::uint64_t bytes);
  /// The last event, for which there is always room; then waits for the readers.
  void finish(std::string_view event, FlushBudget& budget);

private:
  // Only the last event, and what is owed before it, may use the reserve.
  static constexpr std::size_t queue_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t reserve_bytes = std::size_t{8} * 1024;

  struct Outlet {
    ByteQueue queue{queue_bytes};
    OutputPump pump;
    std::uint64_t owed_dropped_bytes = 0;
  };

  std::vector<std::unique_ptr<Outlet>> outlets_;
};

} // namespace volt
