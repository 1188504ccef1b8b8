// The console between the guest and whoever holds the machine: the UART's and the virtio console's other end, bounded
// both ways, so neither side stalls the other.
#pragma once

#include <atomic>

#include "base/byte_queue.h"
#include "devices/serial_port.h"
#include "devices/virtio/console_peer.h"

namespace volt {

/// Output of both devices goes to one queue as it comes. Input is the UART's until a virtio console claims it.
class Console : public SerialPeer, public virtio::ConsolePeer {
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

  /// From any thread; a virtio console is to be told (ConsoleDevice::update_size()).
  void resize(virtio::ConsoleSize size) { size_ = size; }

  void transmitted(std::uint8_t byte) override { take_output(std::span(&byte, 1)); }
  [[nodiscard]] std::optional<std::uint8_t> next_input() override;

  void take_output(std::span<const std::uint8_t> bytes) override;
  [[nodiscard]] bool has_input() const override { return !input_.empty(); }
  [[nodiscard]] std::size_t give_input(std::span<std::uint8_t> bytes) override { return input_.pop(bytes); }
  void claim_input() override { is_input_claimed_ = true; }
  void release_input() override { is_input_claimed_ = false; }
  [[nodiscard]] virtio::ConsoleSize size() const override { return size_; }

private:
  ByteQueue output_;
  ByteQueue input_;
  std::atomic<std::uint64_t> dropped_ = 0;
  bool discards_ = false; // set before any vCPU runs
  std::atomic<bool> is_input_claimed_ = false;
  std::atomic<virtio::ConsoleSize> size_{};
};

} // namespace volt
