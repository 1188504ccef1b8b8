// Whether a guest writes to a UART by looking at it again and again: the rule by which its bytes are kept for a while
// instead of leaving the guest for each.
#pragma once

#include <cstdint>

namespace volt {

/// Pure: no clock, no host. A byte counts that is preceded by a look at the line status register, at most as many bytes
/// before as a FIFO has. To begin and to end costs system calls that wait for other processors, so a guest that ends it
/// before it was worth that has to poll for longer the next time.
class PolledOutput {
public:
  /// Bytes that a driver writes for one look.
  static constexpr std::uint32_t fifo_bytes = 16;
  /// So many bytes in a row make a guest one that polls: at first, and at the most.
  static constexpr std::uint32_t first_price = 16;
  static constexpr std::uint32_t highest_price = 4096;
  /// A time that spared so many bytes' exits was worth it: the next is as cheap as the first.
  static constexpr std::uint32_t worth = 256;

  /// The guest looked whether there is room.
  void status_read() { credit_ = fifo_bytes; }
  /// A byte went out, and did nothing besides.
  void byte_sent();
  /// Bytes have other effects from now on.
  void end();
  /// None has come for a while: an end that is no fault of the guest's.
  void rest();

  /// Bytes may be kept.
  [[nodiscard]] bool is_kept() const { return is_kept_; }

private:
  std::uint32_t credit_ = 0;
  std::uint32_t in_a_row_ = 0;
  std::uint32_t price_ = first_price;
  std::uint32_t spared_ = 0;
  bool is_kept_ = false;
};

} // namespace volt
