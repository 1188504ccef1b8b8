// What a virtio console is connected to.
#pragma once

#include <cstdint>
#include <span>

namespace volt::virtio {

/// Of a terminal, in characters; 0 by 0 where nobody knows.
struct ConsoleSize {
  std::uint16_t columns = 0;
  std::uint16_t rows = 0;

  friend bool operator==(const ConsoleSize&, const ConsoleSize&) = default;
};

/// Called on the device's loop; must neither call back nor block. Output for which it has no room is its own to drop
/// and count: drivers wait for their buffers with interrupts off.
class ConsolePeer {
public:
  virtual ~ConsolePeer() = default;

  /// What the guest wrote: guest memory, which may change while it is read.
  virtual void take_output(std::span<const std::uint8_t> bytes) = 0;
  [[nodiscard]] virtual bool has_input() const = 0;
  /// Moves up to `bytes.size()` bytes for the guest out and says how many.
  [[nodiscard]] virtual std::size_t give_input(std::span<std::uint8_t> bytes) = 0;
  /// From now on input belongs to this device and no other. Any number of times, as the next.
  virtual void claim_input() = 0;
  virtual void release_input() = 0;
  [[nodiscard]] virtual ConsoleSize size() const = 0;
};

} // namespace volt::virtio
