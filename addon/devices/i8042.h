// The keyboard controller of a PC without a keyboard: what it takes to reset the machine and to be probed without
// delay.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "bus/address_bus.h"
#include "devices/irq_line.h"

namespace volt {

struct I8042State {
  std::uint32_t version = 1;
  /// The command byte (port 0x64 commands 0x20 and 0x60).
  std::uint8_t configuration = 0x45; // translation, system flag, keyboard interrupt
  /// The command whose data byte is still to come through the data port, 0 for none.
  std::uint8_t awaited_command = 0;
  std::uint8_t output = 0;
  bool output_full = false;
  /// The output is the answer of a keyboard that did not answer.
  bool output_is_timeout = false;
};

/// IBM PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary device controller". Not thread safe.
class I8042 {
public:
  static constexpr std::uint8_t data_port = 0;
  static constexpr std::uint8_t command_port = 1;
  static constexpr std::uint8_t port_count = 2;

  [[nodiscard]] std::uint8_t read(std::uint8_t port);
  /// True when the write pulsed the processor's reset line.
  [[nodiscard]] bool write(std::uint8_t port, std::uint8_t value);

  /// Level of IRQ 1: output waits and the configuration wants the interrupt.
  [[nodiscard]] bool interrupt_asserted() const;

  [[nodiscard]] const I8042State& state() const { return state_; }

private:
  void respond(std::uint8_t value);
  [[nodiscard]] bool run_command(std::uint8_t command);
  [[nodiscard]] bool take_data(std::uint8_t value);

  I8042State state_;
};

/// Where a pulse of the reset line goes. Called on a vCPU's thread with the controller's lock held.
class ResetLine {
public:
  virtual ~ResetLine() = default;

  virtual void pulse() = 0;
};

/// The controller on the bus: offset 0 is its data port (0x60), offset 1 its command port (0x64).
class KeyboardController : public BusDevice {
public:
  /// Both must outlive the controller. `line` is null where it raises no interrupt.
  KeyboardController(ResetLine& reset, IrqLine* line) : reset_(reset), line_(line) {}

  void read(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override;

private:
  void update_line_locked();

  ResetLine& reset_;
  IrqLine* const line_;
  std::mutex mutex_;
  // Below: guarded by mutex_.
  I8042 controller_;
  bool asserted_ = false;
};

} // namespace volt
