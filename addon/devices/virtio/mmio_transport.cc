// Register accesses and the set-up of queues.
#include "devices/virtio/mmio_transport.h"

#include <algorithm>
#include <cassert>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "devices/virtio/ring_layout.h"

namespace volt::virtio {

namespace {

constexpr std::uint32_t magic = 0x74726976; // "virt"
constexpr std::uint32_t layout_version = 2;
constexpr std::uint32_t vendor = 0x544c4f56; // "VOLT"
constexpr std::uint32_t no_shared_memory = UINT32_MAX;

constexpr std::uint8_t DRIVER = VIRTIO_CONFIG_S_DRIVER;
constexpr std::uint8_t FEATURES_OK = VIRTIO_CONFIG_S_FEATURES_OK;
constexpr std::uint8_t DRIVER_OK = VIRTIO_CONFIG_S_DRIVER_OK;

std::uint32_t half_of(std::uint64_t value, std::uint32_t select) {
  return select < 2 ? static_cast<std::uint32_t>(value >> (32 * select)) : 0;
}

void set_half(std::uint64_t& value, std::uint32_t select, std::uint32_t half) {
  const unsigned shift = 32 * select;
  value = (value & ~(std::uint64_t{UINT32_MAX} << shift)) | std::uint64_t{half} << shift;
}

/// Registers are accessed by aligned words only (virtio 1.2 §4.2.2.2).
bool is_register_access(std::uint64_t offset, std::size_t size) {
  return size == sizeof(std::uint32_t) && offset % sizeof(std::uint32_t) == 0;
}

} // namespace

MmioTransport::MmioTransport(VirtioDevice& device, Surroundings surroundings, std::uint16_t queue_size)
    : device_(device), around_(surroundings), queue_size_(queue_size) {
  assert(queue_size > 0 && queue_size <= maximum_queue_size && (queue_size & (queue_size - 1)) == 0);
  const std::uint16_t count = device.queue_count();
  for (std::uint16_t index = 0; index < count; ++index)
    queues_.emplace_back(around_.memory);
  state_.queues.resize(count, QueueState{.size = queue_size});
  is_service_due_.resize(count);
  device.connect(*this);
}

void MmioTransport::read(std::uint64_t offset, std::span<std::uint8_t> data) {
  std::ranges::fill(data, std::uint8_t{0});
  if (offset >= VIRTIO_MMIO_CONFIG) {
    around_.loop.call([&] { device_.read_configuration(offset - VIRTIO_MMIO_CONFIG, data); });
    return;
  }
  if (!is_register_access(offset, data.size())) return;
  std::uint32_t value = 0;
  switch (offset) {
  case VIRTIO_MMIO_MAGIC_VALUE:
    value = magic;
    break;
  case VIRTIO_MMIO_VERSION:
    value = layout_version;
    break;
  case VIRTIO_MMIO_DEVICE_ID:
    value = device_.type();
    break;
  case VIRTIO_MMIO_VENDOR_ID:
    value = vendor;
    break;
  case VIRTIO_MMIO_INTERRUPT_STATUS:
    value = interrupt_status_.load();
    break;
  default:
    around_.loop.call([&] { value = read_register(offset); });
  }
  std::memcpy(data.data(), &value, sizeof value);
}

void MmioTransport::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  if (offset >= VIRTIO_MMIO_CONFIG) {
    around_.loop.call([&] {
      if ((state_.status & DRIVER) != 0) device_.write_configuration(offset - VIRTIO_MMIO_CONFIG, data);
    });
    return;
  }
  if (!is_register_access(offset, data.size())) return;
  std::uint32_t value = 0;
  std::memcpy(&value, data.data(), sizeof value);
  if (offset == VIRTIO_MMIO_INTERRUPT_ACK) {
    interrupt_status_.fetch_and(~value);
    return;
  }
  around_.loop.call([&] { write_register(offset, value); });
}

std::uint32_t MmioTransport::read_register(std::uint64_t offset) {
  const QueueState* queue = selected_queue();
  switch (offset) {
  case VIRTIO_MMIO_DEVICE_FEATURES:
    return half_of(offered_features(), state_.device_features_select);
  case VIRTIO_MMIO_QUEUE_NUM_MAX:
    return queue == nullptr ? 0 : queue_size_;
  case VIRTIO_MMIO_QUEUE_READY:
    return queue != nullptr && queue->ready ? 1 : 0;
  case VIRTIO_MMIO_STATUS:
    return state_.status;
  case VIRTIO_MMIO_SHM_LEN_LOW:
  case VIRTIO_MMIO_SHM_LEN_HIGH:
  case VIRTIO_MMIO_SHM_BASE_LOW:
  case VIRTIO_MMIO_SHM_BASE_HIGH:
    return no_shared_memory;
  case VIRTIO_MMIO_CONFIG_GENERATION:
    return state_.configuration_generation;
  default:
    return 0; // write-only, or no register
  }
}

void MmioTransport::write_register(std::uint64_t offset, std::uint32_t value) {
  if (is_shut_down_) return;
  switch (offset) {
  case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
    state_.device_features_select = value;
    break;
  case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
    state_.driver_features_select = value;
    break;
  case VIRTIO_MMIO_DRIVER_FEATURES:
    if ((state_.status & (DRIVER | FEATURES_OK)) != DRIVER) return report_fault("features at the wrong time");
    if (state_.driver_features_select < 2) set_half(state_.driver_features, state_.driver_features_select, value);
    break;
  case VIRTIO_MMIO_QUEUE_SEL:
    state_.queue_select = value;
    break;
  case VIRTIO_MMIO_QUEUE_NOTIFY:
    // VIRTIO_F_NOTIFICATION_DATA is not offered: the value is the index.
    if (value >= queues_.size()) return report_fault("a notification for a queue that is not there");
    notified(static_cast<std::uint16_t>(value));
    break;
  case VIRTIO_MMIO_STATUS:
    write_status(value);
    break;
  default:
    write_queue_register(offset, value);
  }
}

QueueState* MmioTransport::selected_queue() {
  return state_.queue_select < state_.queues.size() ? &state_.queues[state_.queue_select] : nullptr;
}

// virtio 1.2 §4.2.2.2: only for a queue that is not ready, and only before the device runs.
void MmioTransport::write_queue_register(std::uint64_t offset, std::uint32_t value) {
  QueueState* queue = selected_queue();
  if (queue == nullptr || offset < VIRTIO_MMIO_QUEUE_NUM || offset > VIRTIO_MMIO_QUEUE_USED_HIGH) return;
  if (offset == VIRTIO_MMIO_QUEUE_READY && value == 0 && !queue->ready) return; // as Linux does behind a reset
  if ((state_.status & (FEATURES_OK | DRIVER_OK)) != FEATURES_OK)
    return report_fault("a queue is set up at the wrong time");
  if (offset == VIRTIO_MMIO_QUEUE_READY) return set_queue_ready(value);
  if (queue->ready) return report_fault("a queue is moved while it is ready");
  switch (offset) {
  case VIRTIO_MMIO_QUEUE_NUM: // what is no size at all is kept as 0, which no queue can be enabled with
    queue->size = value <= queue_size_ ? static_cast<std::uint16_t>(value) : std::uint16_t{0};
    break;
  case VIRTIO_MMIO_QUEUE_DESC_LOW:
  case VIRTIO_MMIO_QUEUE_DESC_HIGH:
    set_half(queue->descriptors.value, offset == VIRTIO_MMIO_QUEUE_DESC_HIGH, value);
    break;
  case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
  case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
    set_half(queue->driver.value, offset == VIRTIO_MMIO_QUEUE_AVAIL_HIGH, value);
    break;
  case VIRTIO_MMIO_QUEUE_USED_LOW:
  case VIRTIO_MMIO_QUEUE_USED_HIGH:
    set_half(queue->device.value, offset == VIRTIO_MMIO_QUEUE_USED_HIGH, value);
    break;
  default:
    break;
  }
}

void MmioTransport::set_queue_ready(std::uint32_t value) {
  QueueState& state = state_.queues[state_.queue_select];
  SplitQueue& queue = queues_[state_.queue_select];
  if (value != 1) {
    state.ready = false;
    queue.disable();
  } else if (!state.ready) {
    if (const auto fault = queue.enable(state, state_.driver_features)) return need_reset(fault->text);
    state.ready = true;
  }
}

void MmioTransport::notified(std::uint16_t index) {
  assert(index < queues_.size());
  if (!is_live() || !queues_[index].usable()) return;
  add(device_.counters().notifications);
  device_.notified(index);
}

void MmioTransport::serve_later(std::uint16_t index) {
  if (is_service_due_[index]) return;
  is_service_due_[index] = true;
  around_.loop.post([this, index, epoch = epoch_] {
    if (epoch != epoch_) return;
    is_service_due_[index] = false;
    if (is_live() && queues_[index].usable()) device_.notified(index);
  });
}

void MmioTransport::interrupt_used(std::uint16_t index) {
  if (is_live() && queues_[index].wants_interrupt()) raise(VIRTIO_MMIO_INT_VRING);
}

void MmioTransport::interrupt_driver() {
  if (is_live()) raise(VIRTIO_MMIO_INT_VRING);
}

void MmioTransport::configuration_changed() {
  ++state_.configuration_generation;
  if ((state_.status & DRIVER_OK) != 0) raise(VIRTIO_MMIO_INT_CONFIG);
}

void MmioTransport::raise(std::uint32_t cause) {
  interrupt_status_.fetch_or(cause);
  add(device_.counters().interrupts);
  around_.interrupt.trigger();
}

TransportState MmioTransport::state() const {
  TransportState present = state_;
  for (std::size_t index = 0; index < queues_.size(); ++index) {
    if (present.queues[index].ready) present.queues[index] = queues_[index].state();
  }
  return present;
}

} // namespace volt::virtio
