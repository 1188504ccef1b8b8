#include "support/virtio_guest.h"

#include <linux/virtio_mmio.h>

namespace volt::test {

DevicePlan rng_device() {
  return {.id = "entropy",
          .type = DeviceType::virtio,
          .ports = {},
          .gsi = virtio_gsi,
          .virtio = VirtioPlan{.window = {virtio_window}, .queue_size = 4, .model = RngPlan{}}};
}

DevicePlan block_device(std::uint64_t sectors, bool has_overlay) {
  BlockPlan plan{.backend = "image", .options = {.capacity_sectors = sectors}};
  if (has_overlay) plan.overlay = "overlay";
  return {.id = "disk",
          .type = DeviceType::virtio,
          .ports = {},
          .gsi = virtio_gsi,
          .virtio = VirtioPlan{.window = {virtio_window}, .queue_size = 4, .model = std::move(plan)}};
}

DevicePlan console_device() {
  DevicePlan device = rng_device();
  device.id = "console";
  device.virtio->model = ConsolePlan{};
  return device;
}

DevicePlan beside(DevicePlan device) {
  device.gsi = virtio_gsi + 1;
  device.virtio->window.value += 0x1000;
  return device;
}

Code put_register(std::uint32_t offset, std::uint32_t value) {
  return store(virtio_window + offset, value);
}

Code start_device() {
  const auto put_address = [](std::uint32_t offset, std::uint64_t address) {
    return put_register(offset, static_cast<std::uint32_t>(address)) + put_register(offset + 4, 0);
  };
  return put_register(VIRTIO_MMIO_STATUS, 0) + put_register(VIRTIO_MMIO_STATUS, 1) +
         put_register(VIRTIO_MMIO_STATUS, 3) + put_register(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1) +
         put_register(VIRTIO_MMIO_DRIVER_FEATURES, 1) + put_register(VIRTIO_MMIO_STATUS, 0xb) +
         put_register(VIRTIO_MMIO_QUEUE_SEL, 0) + put_register(VIRTIO_MMIO_QUEUE_NUM, 4) +
         put_address(VIRTIO_MMIO_QUEUE_DESC_LOW, guest_descriptors) +
         put_address(VIRTIO_MMIO_QUEUE_AVAIL_LOW, guest_available) +
         put_address(VIRTIO_MMIO_QUEUE_USED_LOW, guest_used) + put_register(VIRTIO_MMIO_QUEUE_READY, 1) +
         put_register(VIRTIO_MMIO_STATUS, 0xf);
}

std::vector<LoadItem> queue_with(const std::vector<std::uint8_t>& descriptors) {
  const std::vector<std::uint8_t> available{0, 0, 1, 0, 0, 0}; // flags, index 1, head 0
  return {{.label = "descriptors",
           .range = {.start = {guest_descriptors}, .size_bytes = descriptors.size()},
           .from = InlineSource{descriptors}},
          {.label = "available",
           .range = {.start = {guest_available}, .size_bytes = available.size()},
           .from = InlineSource{available}}};
}

Code descriptor(std::uint64_t address, std::uint32_t size_bytes, std::uint16_t flags, std::uint16_t next) {
  Code bytes;
  const auto put = [&](std::uint64_t value, unsigned count) {
    for (unsigned index = 0; index < count; ++index)
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * index)));
  };
  put(address, 8);
  put(size_bytes, 4);
  put(flags, 2);
  put(next, 2);
  return bytes;
}

// mov al, [guest_used + 2]; add al, '0'; mov dx, 0x3f8; out dx, al
Code print_used_index() {
  return {0xa0, 0x02, 0x20, 0x01, 0x00, 0x04, 0x30, 0x66, 0xba, 0xf8, 0x03, 0xee};
}

} // namespace volt::test
