// A UART on the bus: registers behind a lock, an interrupt line, and the console at the other end of the line.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "bus/address_bus.h"
#include "devices/irq_line.h"
#include "devices/polled_output.h"
#include "devices/uart16550.h"

namespace volt {

/// What a serial line is connected to. Called with the port's lock held; must not call back, nor block.
class SerialPeer {
public:
  virtual ~SerialPeer() = default;

  virtual void transmitted(std::uint8_t byte) = 0;
  /// The next byte for the guest, if there is one.
  [[nodiscard]] virtual std::optional<std::uint8_t> next_input() = 0;
};

/// When a port takes input: at any time, or, where another console could have it, only while the guest takes interrupts
/// for it. Drivers that look for a port throw away what it holds.
enum class PortInput { always, while_open };

class SerialPort : public BusDevice {
public:
  /// Both must outlive the port. `line` is null where the port raises no interrupt.
  SerialPort(SerialPeer& peer, IrqLine* line, PortInput input = PortInput::always)
      : peer_(peer), line_(line), input_(input) {}

  void read(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override;

  /// The peer has input now: takes what fits. From any thread.
  void fetch_input();

  /// Whether writes of a byte to the holding register may wait to be handed over, in order: the guest polls, and they
  /// do nothing but send. From any thread.
  [[nodiscard]] bool may_keep_output() const { return may_keep_output_; }
  /// None has come for a while.
  void output_rests();

private:
  void fetch_input_locked();
  void update_line_locked();
  void update_keeping_locked();

  SerialPeer& peer_;
  IrqLine* const line_;
  const PortInput input_;
  std::atomic<bool> may_keep_output_ = false; // written with mutex_
  std::mutex mutex_;
  // Below: guarded by mutex_.
  Uart16550 uart_;
  PolledOutput polled_output_;
  bool asserted_ = false;
};

} // namespace volt
