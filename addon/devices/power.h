// The machine's power block: sleep control and status, reset, and an event register behind one interrupt.
#pragma once

#include <cstdint>
#include <mutex>

#include "bus/address_bus.h"
#include "devices/irq_line.h"

namespace volt {

struct PowerState {
  std::uint32_t version = 1;
  /// SLEEP_CONTROL without SLP_EN.
  std::uint8_t sleep_control = 0;
  /// SLEEP_STATUS: WAK_STS or nothing.
  std::uint8_t sleep_status = 0;
  /// What happened since the guest last read the event register.
  std::uint8_t events = 0;
};

/// What a write to a register asks the machine for.
enum class PowerRequest { none, power_off, reset };

/// ACPI 6.4 §4.8.3.7 (sleep registers), §4.8.3.6 (reset register). Not thread safe.
class PowerRegisters {
public:
  static constexpr std::uint8_t sleep_control = 0;
  static constexpr std::uint8_t sleep_status = 1;
  static constexpr std::uint8_t reset = 2;
  static constexpr std::uint8_t events = 3;
  static constexpr std::uint8_t register_count = 4;

  /// Bits of the event register.
  static constexpr std::uint8_t event_power_button = 0x01;

  /// Reading the event register clears it.
  [[nodiscard]] std::uint8_t read(std::uint8_t offset);
  /// S5 (soft off) is the only sleeping state: entering any other wakes at once, which WAK_STS tells.
  [[nodiscard]] PowerRequest write(std::uint8_t offset, std::uint8_t value);

  /// Sets a bit of the event register.
  void raise(std::uint8_t event) { state_.events |= event; }

  [[nodiscard]] const PowerState& state() const { return state_; }

private:
  [[nodiscard]] PowerRequest sleep(std::uint8_t value);

  PowerState state_;
};

/// Who serves a guest's requests. Called on a vCPU's thread with the device's lock held.
class PowerListener {
public:
  virtual ~PowerListener() = default;

  virtual void guest_powered_off() = 0;
  virtual void guest_reset() = 0;
};

/// The registers on the bus, and the power button.
class PowerDevice : public BusDevice {
public:
  /// Both must outlive the device.
  PowerDevice(PowerListener& listener, IrqLine& line) : listener_(listener), line_(line) {}

  void read(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override;

  /// Raises the button's event and pulses the line, each time: the interrupt is edge triggered, and an edge that comes
  /// while the guest has the pin masked is lost. A level that stayed up until the read would then never rise again.
  /// From any thread.
  void press_power_button();

private:
  PowerListener& listener_;
  IrqLine& line_;
  std::mutex mutex_;
  // Below: guarded by mutex_.
  PowerRegisters registers_;
};

} // namespace volt
