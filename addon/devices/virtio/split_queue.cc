// The rings' indices and flags. Offsets are those of struct virtq_avail and virtq_used.
#include "devices/virtio/split_queue.h"

#include <atomic>
#include <cassert>

#include "devices/virtio/ring_layout.h"

namespace volt::virtio {

namespace {

constexpr std::size_t flags_offset = 0;
constexpr std::size_t index_offset = 2;
constexpr std::size_t ring_offset = 4;
constexpr std::size_t used_element_bytes = 8;
constexpr std::size_t event_bytes = 2;

constexpr std::size_t available_ring_bytes(std::size_t size) {
  return ring_offset + size * sizeof(std::uint16_t) + event_bytes;
}
constexpr std::size_t used_ring_bytes(std::size_t size) {
  return ring_offset + size * used_element_bytes + event_bytes;
}

// SAFETY: rings are aligned (enable() checks) and `offset` keeps the alignment; the guest may access the same bytes at
// any time, so all accesses are atomic, and each value is loaded once.
template <typename Word>
std::atomic_ref<Word> word_at(std::span<std::uint8_t> ring, std::size_t offset) {
  assert(offset + sizeof(Word) <= ring.size());
  return std::atomic_ref(*reinterpret_cast<Word*>(ring.data() + offset));
}

std::atomic_ref<std::uint16_t> half_word_at(std::span<std::uint8_t> ring, std::size_t offset) {
  return word_at<std::uint16_t>(ring, offset);
}

bool bit(std::uint64_t features, unsigned number) {
  return (features >> number & 1) != 0;
}

} // namespace

std::optional<RingFault> SplitQueue::enable(const QueueState& state, std::uint64_t features) {
  const std::size_t size = state.size;
  if (size == 0 || (size & (size - 1)) != 0) return RingFault{"a queue's size is no power of two"};
  if (state.descriptors.value % VIRTQ_DESC_ALIGN != 0 || state.driver.value % VIRTQ_AVAIL_ALIGN != 0 ||
      state.device.value % VIRTQ_USED_ALIGN != 0) {
    return RingFault{"a queue's ring is not aligned"};
  }
  const auto descriptors = memory_.at({.start = state.descriptors, .size_bytes = size * sizeof(virtq_desc)});
  const auto driver = memory_.at({.start = state.driver, .size_bytes = available_ring_bytes(size)});
  const auto device = memory_.at({.start = state.device, .size_bytes = used_ring_bytes(size)});
  if (!descriptors || !driver || !device) return RingFault{"a queue's ring lies outside memory"};
  descriptors_ = *descriptors;
  driver_ = *driver;
  device_ = *device;
  event_index_ = bit(features, VIRTIO_F_EVENT_IDX);
  indirect_ = bit(features, VIRTIO_F_INDIRECT_DESC);
  state_ = state;
  state_.ready = true;
  fault_.reset();
  return std::nullopt;
}

void SplitQueue::disable() {
  state_ = {};
  fault_.reset();
}

bool SplitQueue::has_available() const {
  return half_word_at(driver_, index_offset).load(std::memory_order_acquire) != state_.next_available;
}

// SAFETY: the acquiring load of the index comes before the loads of what it announces (virtio 1.2 §2.7.13).
std::optional<DescriptorChain> SplitQueue::pop() {
  if (!usable()) return std::nullopt;
  const std::uint16_t index = half_word_at(driver_, index_offset).load(std::memory_order_acquire);
  const auto waiting = static_cast<std::uint16_t>(index - state_.next_available);
  if (waiting == 0) return std::nullopt;
  if (waiting > state_.size) {
    fault_ = RingFault{"the available ring's index jumped"};
    return std::nullopt;
  }
  const std::size_t slot = state_.next_available & (state_.size - 1U);
  const std::uint16_t head =
      half_word_at(driver_, ring_offset + slot * sizeof(std::uint16_t)).load(std::memory_order_relaxed);
  auto walked = walk_chain(descriptors_, head, indirect_, memory_);
  if (const auto* fault = std::get_if<RingFault>(&walked)) {
    fault_ = *fault;
    return std::nullopt;
  }
  ++state_.next_available;
  return std::move(std::get<DescriptorChain>(walked));
}

void SplitQueue::push(std::uint16_t head, std::uint32_t written_bytes) {
  const UsedChain chain{head, written_bytes};
  push_together({&chain, 1});
}

// SAFETY: the elements are written before the releasing store of the index that hands them over (virtio 1.2 §2.7.8.2).
void SplitQueue::push_together(std::span<const UsedChain> chains) {
  if (!usable()) return;
  for (const UsedChain& chain : chains) {
    const std::size_t slot = state_.next_used++ & (state_.size - 1U);
    const std::size_t element = ring_offset + slot * used_element_bytes;
    word_at<std::uint32_t>(device_, element).store(chain.head, std::memory_order_relaxed);
    word_at<std::uint32_t>(device_, element + sizeof(std::uint32_t))
        .store(chain.written_bytes, std::memory_order_relaxed);
  }
  half_word_at(device_, index_offset).store(state_.next_used, std::memory_order_release);
}

// SAFETY: the fence puts the index, which was stored before, ahead of the load of what the driver wants to hear; the
// driver does the opposite, so one of the two sees the other (virtio 1.2 §2.7.7.2).
bool SplitQueue::wants_interrupt() {
  if (!usable() || state_.asked_used == state_.next_used) return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::uint16_t before = state_.asked_used;
  state_.asked_used = state_.next_used;
  if (!event_index_) {
    const std::uint16_t flags = half_word_at(driver_, flags_offset).load(std::memory_order_relaxed);
    return (flags & VIRTQ_AVAIL_F_NO_INTERRUPT) == 0;
  }
  const std::size_t used_event = ring_offset + state_.size * sizeof(std::uint16_t);
  return virtq_need_event(half_word_at(driver_, used_event).load(std::memory_order_relaxed), state_.next_used, before);
}

// With event indices the one of long ago suppresses by itself.
void SplitQueue::suppress_notifications() {
  if (usable() && !event_index_) half_word_at(device_, flags_offset).store(VIRTQ_USED_F_NO_NOTIFY);
}

// SAFETY: the fence is the other half of the driver's: it adds a buffer, then looks whether to notify.
bool SplitQueue::resume_notifications() {
  if (!usable()) return false;
  if (event_index_) {
    const std::size_t available_event = ring_offset + state_.size * used_element_bytes;
    half_word_at(device_, available_event).store(state_.next_available, std::memory_order_relaxed);
  } else {
    half_word_at(device_, flags_offset).store(0, std::memory_order_relaxed);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return has_available();
}

} // namespace volt::virtio
