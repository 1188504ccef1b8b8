// Each device alone, then all together.
#include "engine/check_devices.h"

#include <algorithm>

#include "devices/i8042.h"
#include "devices/power.h"
#include "devices/pvpanic.h"
#include "devices/uart16550.h"
#include "devices/virtio/mmio_transport.h"
#include "engine/collisions.h"

namespace volt {

namespace {

constexpr std::uint64_t page_bytes = 4096;
// Guest-physical addresses that no plan gives to memory (docs/architecture.md).
constexpr GuestRange mmio_hole{.start = {0xc0000000}, .size_bytes = 0x40000000};
constexpr GuestRange ioapic{.start = {0xfec00000}, .size_bytes = page_bytes};
constexpr GuestRange local_apic{.start = {0xfee00000}, .size_bytes = page_bytes};
constexpr std::uint32_t gsi_of_timer = 0;
constexpr std::uint32_t gsi_of_cascade = 2;

/// The ports of a kind of device: what each range has to be long, in order.
std::vector<std::uint32_t> port_sizes(DeviceType type) {
  switch (type) {
  case DeviceType::uart16550:
    return {Uart16550::register_count};
  case DeviceType::i8042:
    return std::vector<std::uint32_t>(I8042::port_count, 1);
  case DeviceType::power:
    return {PowerRegisters::register_count};
  case DeviceType::pvpanic:
    return {PvpanicRegister::register_count};
  case DeviceType::virtio:
    break;
  }
  return {};
}

/// What a kind of device needs beside its ports.
Result<void> check_kind(const DevicePlan& device, const std::string& pointer) {
  if (!std::ranges::equal(device.ports, port_sizes(device.type), {}, &PortRange::size)) {
    return plan_invalid(pointer + "/ports", "a 16550 has one range of 8 ports, an i8042 two of one port, "
                                            "a power device one of 4 and a pvpanic one of 1");
  }
  if (device.type == DeviceType::power && !device.gsi) {
    return plan_invalid(pointer, "a power device needs a gsi, by which the guest hears of its button");
  }
  if (device.type == DeviceType::pvpanic && device.gsi) {
    return plan_invalid(pointer + "/gsi", "a pvpanic device raises no interrupt");
  }
  if (device.type == DeviceType::virtio && (device.gsi == gsi_of_timer || device.gsi == gsi_of_cascade)) {
    return plan_invalid(pointer + "/gsi", "belongs to the timer or the interrupt controllers");
  }
  return {};
}

Result<void> check_ports(const Plan& plan) {
  std::vector<GuestRange> ports;
  std::vector<std::string> pointers;
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    const std::vector<PortRange>& own = plan.devices[index].ports;
    for (std::size_t range = 0; range < own.size(); ++range) {
      ports.push_back({.start = {own[range].base}, .size_bytes = own[range].size});
      pointers.push_back(pointer_to("devices", index) + "/ports/" + std::to_string(range));
    }
  }
  if (const auto pair = find_overlap(ports))
    return plan_invalid(pointers[pair->second], "overlaps " + pointers[pair->first]);
  return {};
}

Result<void> check_windows(const Plan& plan) {
  std::vector<GuestRange> windows;
  std::vector<std::string> pointers;
  const auto add = [&](GuestRange range, std::string name) {
    windows.push_back(range);
    pointers.push_back(std::move(name));
  };
  for (std::size_t index = 0; index < plan.memory.size(); ++index)
    add(plan.memory[index], "the memory at " + pointer_to("memory", index));
  add(ioapic, "the IOAPIC");
  add(local_apic, "the local APICs");
  add({.start = plan.interrupts.identity_map, .size_bytes = page_bytes}, "KVM's identity map");
  add({.start = plan.interrupts.tss, .size_bytes = 3 * page_bytes}, "KVM's TSS");
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    if (!plan.devices[index].virtio) continue;
    const std::string pointer = pointer_to("devices", index) + "/mmio";
    const GuestRange window{.start = plan.devices[index].virtio->window,
                            .size_bytes = virtio::MmioTransport::window_bytes};
    if (window.start.value % page_bytes != 0) return plan_invalid(pointer + "/base", "must be a multiple of 4096");
    if (!mmio_hole.contains(window)) return plan_invalid(pointer, "must lie between 0xc0000000 and 0xffffffff");
    const auto taken = std::ranges::find_if(windows, [&](const GuestRange& other) { return other.overlaps(window); });
    if (taken != windows.end())
      return plan_invalid(pointer, "overlaps " + pointers[static_cast<std::size_t>(taken - windows.begin())]);
    add(window, pointer);
  }
  return {};
}

Result<void> check_backends(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlanFile& file : plan.files)
    names.push_back(file.id);
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    if (!plan.devices[index].virtio) continue;
    for (const BackendName& backend : backends_of(*plan.devices[index].virtio)) {
      if (std::ranges::count(names, backend.name) > 0)
        return plan_invalid(pointer_to("devices", index) + "/" + backend.key, "names what something else uses");
      names.push_back(backend.name);
    }
  }
  return {};
}

Result<void> check_balloons(const Plan& plan) {
  std::uint64_t memory_bytes = 0;
  for (const GuestRange& region : plan.memory)
    memory_bytes += region.size_bytes;
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    const auto& virtio = plan.devices[index].virtio;
    const auto* balloon = virtio ? std::get_if<BalloonPlan>(&virtio->model) : nullptr;
    if (balloon != nullptr && balloon->target_bytes > memory_bytes)
      return plan_invalid(pointer_to("devices", index) + "/target", "is more than the machine's memory");
  }
  return {};
}

Result<void> check_shares(const Plan& plan) {
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    const auto& virtio = plan.devices[index].virtio;
    if (!virtio || !std::holds_alternative<FsPlan>(virtio->model)) continue;
    if (plan.backing != GuestMemory::Backing::shared)
      return plan_invalid(pointer_to("devices", index), "needs sharedMemory, which its daemon maps");
  }
  return {};
}

} // namespace

Result<void> check_devices(const Plan& plan) {
  std::vector<std::string> ids;
  std::vector<std::uint32_t> gsis;
  std::size_t consoles = 0;
  std::size_t virtio_consoles = 0;
  std::size_t power_devices = 0;
  for (std::size_t index = 0; index < plan.devices.size(); ++index) {
    const DevicePlan& device = plan.devices[index];
    const std::string pointer = pointer_to("devices", index);
    ids.push_back(device.id);
    TRY(check_kind(device, pointer));
    if (device.type == DeviceType::uart16550 && ++consoles > 1)
      return plan_invalid(pointer, "there is one console, and so one UART");
    if (is_virtio_console(device) && ++virtio_consoles > 1)
      return plan_invalid(pointer, "there is one console, and so one virtio console");
    if (device.type == DeviceType::power && ++power_devices > 1)
      return plan_invalid(pointer, "there is one power device");
    if (!device.gsi) continue;
    if (std::ranges::count(gsis, *device.gsi) > 0) return plan_invalid(pointer + "/gsi", "belongs to another device");
    gsis.push_back(*device.gsi);
  }
  if (const auto index = find_duplicate(ids))
    return plan_invalid(pointer_to("devices", *index) + "/id", "is used twice");
  TRY(check_ports(plan));
  TRY(check_windows(plan));
  TRY(check_backends(plan));
  TRY(check_balloons(plan));
  return check_shares(plan);
}

} // namespace volt
