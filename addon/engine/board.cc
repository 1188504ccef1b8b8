// Devices from a plan.
#include "engine/board.h"

#include <cassert>

namespace volt {

void Board::KvmIrqLine::set_level(bool asserted) {
  auto result = vm_.set_irq_line(gsi_, asserted);
  if (!result.ok()) listener_.device_failed(result.error());
}

Result<std::unique_ptr<Board>> Board::create(const Plan& plan, const kvm::Vm& vm, Console& console,
                                             BoardListener& listener) {
  std::unique_ptr<Board> board(new Board(listener));
  for (const DevicePlan& device : plan.devices)
    TRY(board->add(device, vm, console, listener));
  return board;
}

template <typename Device, typename... Arguments>
Device* Board::make_device(Arguments&&... arguments) {
  auto device = std::make_unique<Device>(std::forward<Arguments>(arguments)...);
  Device* const made = device.get();
  devices_.push_back(std::move(device));
  return made;
}

Result<void> Board::add(const DevicePlan& plan, const kvm::Vm& vm, Console& console, BoardListener& listener) {
  IrqLine* line = nullptr;
  if (plan.gsi) line = lines_.emplace_back(std::make_unique<KvmIrqLine>(vm, *plan.gsi, listener)).get();
  switch (plan.type) {
  case DeviceType::uart16550:
    serial_port_ = make_device<SerialPort>(console, line);
    break;
  case DeviceType::i8042:
    make_device<KeyboardController>(reset_, line);
    break;
  case DeviceType::power:
    assert(line != nullptr); // check_plan() saw to it
    power_device_ = make_device<PowerDevice>(listener, *line);
    break;
  case DeviceType::pvpanic:
    make_device<PvpanicDevice>(listener);
    break;
  }
  std::uint64_t first_offset = 0;
  for (const PortRange& range : plan.ports) {
    TRY(ports_.attach(range.base, range.size, *devices_.back(), first_offset));
    first_offset += range.size;
  }
  return {};
}

void Board::console_has_input() {
  if (serial_port_ != nullptr) serial_port_->fetch_input();
}

void Board::press_power_button() {
  assert(has_power_button());
  power_device_->press_power_button();
}

} // namespace volt
