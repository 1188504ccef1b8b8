// The console between the guest's UART and whoever holds the machine: bounded both ways, so neither side stalls the
// other.
#pragma once

#include <atomic>

#include "base/byte_queue.h"
#include "devices/serial_port.h"

namespace volt {

class Console : public SerialPeer {
public:
  Console();

  /// What the guest wrote.
  [[nodiscard]] ByteQueue& output() { return output_; }
  /// What the guest has not read yet.
  [[nodiscard]] ByteQueue& input() { return input_; }

  /// No more output, no more input: as after the last machine's end.
  void close();

  /// Throws output away without counting it: nobody wants it. Before a machine uses the console.
  void discard_output();

  /// Bytes that the guest wrote while output() was full, since the last call.
  [[nodiscard]] std::uint64_t take_dropped() { return dropped_.exchange(0); }

  void transmitted(std::uint8_t byte) override;
  [[nodiscard]] std::optional<std::uint8_t> next_input() override;

private:
  ByteQueue output_;
  ByteQueue input_;
  std::atomic<std::uint64_t> dropped_ = 0;
  bool discards_ = false; // set before any vCPU runs
};

} // namespace volt
