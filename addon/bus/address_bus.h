// An address space of devices: it rejects overlapping ranges, and answers for addresses that no device has.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace volt {

/// What a bus hands accesses to. Called by any vCPU's thread, also at the same time.
class BusDevice {
public:
  virtual ~BusDevice() = default;

  /// Fills `data` from `offset` bytes into the device's range, of which the access runs over no end.
  virtual void read(std::uint64_t offset, std::span<std::uint8_t> data) = 0;
  virtual void write(std::uint64_t offset, std::span<const std::uint8_t> data) = 0;
};

/// Ports or guest-physical addresses. Reads without a device give ones, writes are dropped, as on a PC.
class AddressBus {
public:
  /// Attaches `device`, which must outlive the bus, at `base`; its own offsets start at `first_offset`. Refuses a range
  /// that is empty, wraps round or overlaps another.
  [[nodiscard]] Result<void> attach(std::uint64_t base, std::uint64_t size, BusDevice& device,
                                    std::uint64_t first_offset);

  void read(std::uint64_t address, std::span<std::uint8_t> data) const;
  void write(std::uint64_t address, std::span<const std::uint8_t> data) const;

private:
  struct Window {
    std::uint64_t base;
    std::uint64_t last;
    std::uint64_t first_offset;
    BusDevice* device;
  };

  [[nodiscard]] const Window* window_at(std::uint64_t address) const;

  // Ascending by base; constant once the machine runs, so read without a lock.
  std::vector<Window> windows_;
};

} // namespace volt
