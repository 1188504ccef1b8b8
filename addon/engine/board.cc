// Devices from a plan.
#include "engine/board.h"

#include <algorithm>
#include <cassert>

#include "devices/virtio/balloon_device.h"
#include "engine/make_virtio_device.h"

namespace volt {

void Board::KvmIrqLine::set_level(bool asserted) {
  auto result = vm_.set_irq_line(gsi_, asserted);
  if (!result.ok()) listener_.device_failed(result.error());
}

Result<std::unique_ptr<Board>> Board::create(const Plan& plan, const Surroundings& around) {
  const bool has_virtio_console = std::ranges::any_of(plan.devices, is_virtio_console);
  const PortInput serial_input = has_virtio_console ? PortInput::while_open : PortInput::always;
  std::unique_ptr<Board> board(new Board(around.listener, around.memory, serial_input));
  for (const DevicePlan& device : plan.devices)
    TRY(board->add(device, around));
  return board;
}

Result<void> Board::start() {
  for (const auto& slot : slots_)
    TRY(slot->start());
  return {};
}

void Board::stop() {
  if (kept_output_ != nullptr) kept_output_->close();
  for (const auto& slot : slots_)
    slot->stop();
}

template <typename Device, typename... Arguments>
Device* Board::make_device(Arguments&&... arguments) {
  auto device = std::make_unique<Device>(std::forward<Arguments>(arguments)...);
  Device* const made = device.get();
  devices_.push_back(std::move(device));
  return made;
}

Result<void> Board::add(const DevicePlan& device, const Surroundings& around) {
  return device.virtio ? add_virtio(device, around) : add_ports(device, around);
}

Result<void> Board::add_virtio(const DevicePlan& device, const Surroundings& around) {
  assert(device.gsi); // check_plan() saw to it
  VirtioSlot::Place place{
      .id = device.id, .window = device.virtio->window, .gsi = *device.gsi, .queue_size = device.virtio->queue_size};
  const LossHandlers on_loss{
      .link_down = [&listener = around.listener,
                    id = device.id](const std::string& reason) { listener.device_link_down(id, reason); },
      .back_end_down = [&listener = around.listener,
                        id = device.id](const std::string& reason) { listener.device_back_end_down(id, reason); }};
  const auto make = [&](virtio::EventLoop& loop) {
    const DeviceSurroundings used{
        .files = around.files, .memory = around.memory, .console = around.console, .rings = around.rings};
    return make_virtio_device(*device.virtio, used, loop, on_loss);
  };
  slots_.push_back(TRY(VirtioSlot::create(std::move(place), make, around.memory, around.vm, around.listener)));
  if (is_virtio_console(device)) {
    console_slot_ = slots_.back().get();
    console_slot_->with_device(
        [this](virtio::VirtioDevice& made) { console_device_ = dynamic_cast<virtio::ConsoleDevice*>(&made); });
  }
  return memory_mapped_.attach(device.virtio->window.value, virtio::MmioTransport::window_bytes,
                               slots_.back()->registers(), 0);
}

Result<void> Board::add_ports(const DevicePlan& plan, const Surroundings& around) {
  IrqLine* line = nullptr;
  if (plan.gsi) line = lines_.emplace_back(std::make_unique<KvmIrqLine>(around.vm, *plan.gsi, around.listener)).get();
  switch (plan.type) {
  case DeviceType::uart16550:
    serial_port_ = make_device<SerialPort>(around.console, line, serial_input_);
    keep_output_of(plan.ports.front().base, around);
    break;
  case DeviceType::i8042:
    make_device<KeyboardController>(reset_, line);
    break;
  case DeviceType::power:
    assert(line != nullptr); // check_plan() saw to it
    power_device_ = make_device<PowerDevice>(around.listener, *line);
    break;
  case DeviceType::pvpanic:
    make_device<PvpanicDevice>(around.listener);
    break;
  case DeviceType::virtio:
    assert(false); // has no ports
  }
  std::uint64_t first_offset = 0;
  for (const PortRange& range : plan.ports) {
    TRY(ports_.attach(range.base, range.size, *devices_.back(), first_offset));
    first_offset += range.size;
  }
  return {};
}

void Board::keep_output_of(std::uint16_t holding_register, const Surroundings& around) {
  if (!around.kept_writes) return;
  kept_output_ = std::make_shared<CoalescedOutput>(CoalescedOutput::Parts{
      .port = *serial_port_,
      .ports = ports_,
      .output = around.console.output(),
      .ring = *around.kept_writes,
      .kept = std::make_unique<HoldingRegister>(around.vm, holding_register),
      .failed = [&listener = around.listener](const Error& error) { listener.device_failed(error); }});
}

void Board::fetch_kept_output() const {
  if (kept_output_ != nullptr) kept_output_->fetch();
}

void Board::follow_kept_output() const {
  if (kept_output_ != nullptr) kept_output_->follow();
}

void Board::console_has_input() {
  if (serial_port_ != nullptr) serial_port_->fetch_input();
  if (console_device_ != nullptr) console_device_->input_arrived();
}

bool Board::console_resized() const {
  if (console_slot_ == nullptr) return false;
  console_slot_->with_device([this](virtio::VirtioDevice&) { console_device_->update_size(); });
  return true;
}

std::vector<DeviceStatus> Board::device_statuses() const {
  std::vector<DeviceStatus> statuses;
  for (const auto& slot : slots_) {
    slot->with_device(
        [&](virtio::VirtioDevice& device) { statuses.push_back(status_of(slot->id(), device, memory_.size_bytes())); });
  }
  return statuses;
}

bool Board::set_balloon(std::uint64_t kept_bytes) const {
  bool found = false;
  for (const auto& slot : slots_) {
    slot->with_device([&](virtio::VirtioDevice& device) {
      auto* const balloon = dynamic_cast<virtio::BalloonDevice*>(&device);
      if (balloon == nullptr) return;
      balloon->keep(kept_bytes);
      found = true;
    });
  }
  return found;
}

Board::RateChange Board::set_rate(std::string_view device, std::string_view name,
                                  const std::optional<virtio::TokenRate>& rate) const {
  for (const auto& slot : slots_) {
    if (slot->id() != device) continue;
    bool has_limit = false;
    slot->with_device([&](virtio::VirtioDevice& model) { has_limit = model.set_rate(name, rate); });
    return has_limit ? RateChange::done : RateChange::no_limit;
  }
  return RateChange::no_device;
}

void Board::press_power_button() {
  assert(has_power_button());
  power_device_->press_power_button();
}

} // namespace volt
