// Windows of devices in an address space.
#include "bus/address_bus.h"

#include <algorithm>

#include "base/encoding.h"

namespace volt {

Result<void> AddressBus::attach(std::uint64_t base, std::uint64_t size, BusDevice& device, std::uint64_t first_offset) {
  const std::uint64_t last = base + (size - 1);
  if (size == 0 || last < base)
    return Error{.message = "a device's range at " + format_address(base) + " is empty or wraps round"};
  const auto next = std::ranges::lower_bound(windows_, base, {}, &Window::last);
  if (next != windows_.end() && next->base <= last) {
    return Error{.message = "the device ranges at " + format_address(base) + " and " + format_address(next->base) +
                            " overlap"};
  }
  windows_.insert(next, {.base = base, .last = last, .first_offset = first_offset, .device = &device});
  return {};
}

const AddressBus::Window* AddressBus::window_at(std::uint64_t address) const {
  const auto found = std::ranges::lower_bound(windows_, address, {}, &Window::last);
  return found != windows_.end() && found->base <= address ? &*found : nullptr;
}

// An access that leaves a range goes on with whatever follows, as the bytes of a wide access to narrow devices do.
void AddressBus::read(std::uint64_t address, std::span<std::uint8_t> data) const {
  while (!data.empty()) {
    std::size_t count = 1;
    if (const Window* window = window_at(address)) {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(data.size() - 1, window->last - address)) + 1;
      window->device->read(window->first_offset + (address - window->base), data.first(count));
    } else {
      data.front() = 0xff;
    }
    address += count;
    data = data.subspan(count);
  }
}

void AddressBus::write(std::uint64_t address, std::span<const std::uint8_t> data) const {
  while (!data.empty()) {
    std::size_t count = 1;
    if (const Window* window = window_at(address)) {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(data.size() - 1, window->last - address)) + 1;
      window->device->write(window->first_offset + (address - window->base), data.first(count));
    }
    address += count;
    data = data.subspan(count);
  }
}

} // namespace volt
