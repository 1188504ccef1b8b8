// pvpanic: one port by which a guest's kernel says that it crashed (QEMU's docs/specs/pvpanic).
#pragma once

#include <cstdint>
#include <mutex>

#include "bus/address_bus.h"

namespace volt {

struct PvpanicState {
  std::uint32_t version = 1;
  /// The guest said that it loaded a crash kernel.
  bool crash_loaded = false;
};

/// What a write tells the machine.
enum class PanicReport {
  none,
  /// The guest panicked and will not handle it itself.
  panicked,
  /// The guest panicked and its crash kernel takes over; told once.
  crash_loaded,
};

/// Not thread safe.
class PvpanicRegister {
public:
  static constexpr std::uint8_t register_count = 1;

  /// Events, which are also the bits of the port.
  static constexpr std::uint8_t panicked = 0x01;
  static constexpr std::uint8_t crash_loaded = 0x02;

  /// The events that the device takes.
  [[nodiscard]] static constexpr std::uint8_t read() { return panicked | crash_loaded; }
  /// A panic counts before a crash kernel; other bits are ignored.
  [[nodiscard]] PanicReport write(std::uint8_t value);

  [[nodiscard]] const PvpanicState& state() const { return state_; }

private:
  PvpanicState state_;
};

/// Who hears of a guest's crash. Called on a vCPU's thread with the device's lock held.
class PanicListener {
public:
  virtual ~PanicListener() = default;

  virtual void guest_panicked() = 0;
  /// At most once in a device's life, so that a guest cannot flood anyone.
  virtual void guest_loaded_crash_kernel() = 0;
};

class PvpanicDevice : public BusDevice {
public:
  /// The listener must outlive the device.
  explicit PvpanicDevice(PanicListener& listener) : listener_(listener) {}

  void read(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override;

private:
  PanicListener& listener_;
  std::mutex mutex_;
  PvpanicRegister register_; // guarded by mutex_
};

} // namespace volt
