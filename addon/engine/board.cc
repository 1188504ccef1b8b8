// Devices from a plan.
#include "engine/board.h"

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

Result<void> Board::add(const DevicePlan& plan, const kvm::Vm& vm, Console& console, BoardListener& listener) {
  IrqLine* line = nullptr;
  if (plan.gsi) line = lines_.emplace_back(std::make_unique<KvmIrqLine>(vm, *plan.gsi, listener)).get();
  if (plan.type == DeviceType::uart16550) {
    auto port = std::make_unique<SerialPort>(console, line);
    serial_port_ = port.get();
    devices_.push_back(std::move(port));
  } else {
    devices_.push_back(std::make_unique<KeyboardController>(reset_, line));
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

} // namespace volt
