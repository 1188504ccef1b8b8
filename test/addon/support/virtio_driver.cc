#include "support/virtio_driver.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

namespace volt::test {

using virtio::virtq_desc;

namespace {

std::span<std::uint8_t> must_at(const GuestMemory& memory, std::uint64_t address, std::size_t size_bytes) {
  const auto bytes = memory.at({.start = {address}, .size_bytes = size_bytes});
  if (!bytes) std::abort();
  return *bytes;
}

} // namespace

std::uint32_t VirtioDriver::read(std::uint64_t offset) {
  std::array<std::uint8_t, 4> data{};
  bench_.transport().read(offset, data);
  std::uint32_t value = 0;
  std::memcpy(&value, data.data(), sizeof value);
  return value;
}

void VirtioDriver::write(std::uint64_t offset, std::uint32_t value) {
  std::array<std::uint8_t, 4> data{};
  std::memcpy(data.data(), &value, sizeof value);
  bench_.transport().write(offset, data);
}

std::uint32_t VirtioDriver::status() {
  return read(VIRTIO_MMIO_STATUS);
}

std::uint64_t VirtioDriver::offered_features() {
  write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
  const std::uint64_t high = read(VIRTIO_MMIO_DEVICE_FEATURES);
  write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
  return high << 32 | read(VIRTIO_MMIO_DEVICE_FEATURES);
}

bool VirtioDriver::negotiate(std::uint64_t features) {
  write(VIRTIO_MMIO_STATUS, 0);
  std::ranges::fill(rings_, Ring());
  std::uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
  write(VIRTIO_MMIO_STATUS, status);
  write(VIRTIO_MMIO_STATUS, status |= VIRTIO_CONFIG_S_DRIVER);
  for (const std::uint32_t half : {0U, 1U}) {
    write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
    write(VIRTIO_MMIO_DRIVER_FEATURES, static_cast<std::uint32_t>(features >> (32 * half)));
  }
  write(VIRTIO_MMIO_STATUS, status |= VIRTIO_CONFIG_S_FEATURES_OK);
  return this->status() == status;
}

void VirtioDriver::set_up_queue(std::uint16_t index, std::uint16_t size) {
  rings_[index] = {.size = size};
  const std::uint64_t base = queue_base(index);
  const auto clear = [&](std::uint64_t address, std::size_t size_bytes) {
    std::memset(must_at(bench_.memory(), address, size_bytes).data(), 0, size_bytes);
  };
  clear(base, size * sizeof(virtq_desc));
  clear(driver_ring(index), 6 + size * sizeof(std::uint16_t));
  clear(device_ring(index), 6 + size * sizeof(Used));
  write(VIRTIO_MMIO_QUEUE_SEL, index);
  write(VIRTIO_MMIO_QUEUE_NUM, size);
  write(VIRTIO_MMIO_QUEUE_DESC_LOW, static_cast<std::uint32_t>(base));
  write(VIRTIO_MMIO_QUEUE_DESC_HIGH, 0);
  write(VIRTIO_MMIO_QUEUE_AVAIL_LOW, static_cast<std::uint32_t>(driver_ring(index)));
  write(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0);
  write(VIRTIO_MMIO_QUEUE_USED_LOW, static_cast<std::uint32_t>(device_ring(index)));
  write(VIRTIO_MMIO_QUEUE_USED_HIGH, 0);
  write(VIRTIO_MMIO_QUEUE_READY, 1);
}

bool VirtioDriver::run() {
  write(VIRTIO_MMIO_STATUS, status() | VIRTIO_CONFIG_S_DRIVER_OK);
  const std::uint32_t outcome = VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED;
  return (status() & outcome) == VIRTIO_CONFIG_S_DRIVER_OK;
}

bool VirtioDriver::start(std::uint16_t queues, std::optional<std::uint64_t> features, std::uint16_t size) {
  if (!negotiate(features.value_or(offered_features()))) return false;
  for (std::uint16_t index = 0; index < queues; ++index)
    set_up_queue(index, size);
  return run();
}

void VirtioDriver::write_table(std::uint64_t table, std::uint16_t first, std::uint16_t size,
                               const std::vector<Buffer>& readable, const std::vector<Buffer>& writable) {
  const std::size_t count = readable.size() + writable.size();
  for (std::size_t index = 0; index < count; ++index) {
    const bool is_readable = index < readable.size();
    const Buffer& buffer = is_readable ? readable[index] : writable[index - readable.size()];
    const auto slot = static_cast<std::uint16_t>((first + index) % size);
    virtq_desc descriptor{.addr = buffer.address, .len = buffer.size_bytes, .flags = 0, .next = 0};
    if (!is_readable) descriptor.flags |= virtio::VIRTQ_DESC_F_WRITE;
    if (index + 1 < count) {
      descriptor.flags |= virtio::VIRTQ_DESC_F_NEXT;
      descriptor.next = static_cast<std::uint16_t>((slot + 1) % size);
    }
    std::memcpy(must_at(bench_.memory(), table + slot * sizeof descriptor, sizeof descriptor).data(), &descriptor,
                sizeof descriptor);
  }
}

std::uint16_t VirtioDriver::add(std::uint16_t queue, const std::vector<Buffer>& readable,
                                const std::vector<Buffer>& writable) {
  Ring& ring = rings_[queue];
  const std::uint16_t head = ring.next_descriptor;
  write_table(queue_base(queue), head, ring.size, readable, writable);
  ring.next_descriptor = static_cast<std::uint16_t>((head + readable.size() + writable.size()) % ring.size);
  offer(queue, head);
  return head;
}

std::uint16_t VirtioDriver::add_indirect(std::uint16_t queue, std::uint64_t table_address,
                                         const std::vector<Buffer>& readable, const std::vector<Buffer>& writable) {
  Ring& ring = rings_[queue];
  const auto count = static_cast<std::uint16_t>(readable.size() + writable.size());
  write_table(table_address, 0, count, readable, writable);
  const std::uint16_t head = ring.next_descriptor;
  set_descriptor(queue, head,
                 {.addr = table_address,
                  .len = static_cast<std::uint32_t>(count * sizeof(virtq_desc)),
                  .flags = virtio::VIRTQ_DESC_F_INDIRECT,
                  .next = 0});
  ring.next_descriptor = static_cast<std::uint16_t>((head + 1) % ring.size);
  offer(queue, head);
  return head;
}

void VirtioDriver::set_descriptor(std::uint16_t queue, std::uint16_t index, const virtq_desc& descriptor) {
  // SAFETY: a structure seen as bytes.
  fill(queue_base(queue) + index * sizeof descriptor,
       {reinterpret_cast<const std::uint8_t*>(&descriptor), sizeof descriptor});
}

void VirtioDriver::offer(std::uint16_t queue, std::uint16_t head) {
  Ring& ring = rings_[queue];
  const std::uint64_t slot = ring.next_available % ring.size;
  set_half_word(driver_ring(queue) + 4 + slot * 2, head);
  set_half_word(driver_ring(queue) + 2, ++ring.next_available);
}

void VirtioDriver::notify(std::uint16_t queue) {
  write(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
  bench_.loop().call([] {}); // a thread of the loop's has seen it now
}

std::optional<Used> VirtioDriver::take_used(std::uint16_t queue) {
  Ring& ring = rings_[queue];
  if (half_word(device_ring(queue) + 2) == ring.next_used) return std::nullopt;
  const std::uint64_t slot = ring.next_used++ % ring.size;
  Used used{};
  std::memcpy(&used, must_at(bench_.memory(), device_ring(queue) + 4 + slot * sizeof used, sizeof used).data(),
              sizeof used);
  return used;
}

std::optional<Used> VirtioDriver::wait_used(std::uint16_t queue) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto used = take_used(queue);
  while (!used && std::chrono::steady_clock::now() < end) {
    bench_.loop().turn(std::chrono::milliseconds(5));
    used = take_used(queue);
  }
  return used;
}

void VirtioDriver::fill(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  const auto place = must_at(bench_.memory(), address, bytes.size());
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
}

std::vector<std::uint8_t> VirtioDriver::bytes(std::uint64_t address, std::size_t size_bytes) {
  const auto found = must_at(bench_.memory(), address, size_bytes);
  return {found.begin(), found.end()};
}

// SAFETY: aligned by the layout above; the device reads and writes rings at the same time, so all of it is atomic.
void VirtioDriver::set_half_word(std::uint64_t address, std::uint16_t value) {
  auto* place = reinterpret_cast<std::uint16_t*>(must_at(bench_.memory(), address, sizeof value).data());
  std::atomic_ref(*place).store(value);
}

std::uint16_t VirtioDriver::half_word(std::uint64_t address) {
  auto* place = reinterpret_cast<std::uint16_t*>(must_at(bench_.memory(), address, sizeof(std::uint16_t)).data());
  return std::atomic_ref(*place).load();
}

} // namespace volt::test
