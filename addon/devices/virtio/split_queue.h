// A virtqueue in the split format: the rings that driver and device share in guest memory (virtio 1.2 §2.7).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "devices/virtio/descriptor_chain.h"
#include "memory/guest_memory.h"

namespace volt::virtio {

struct QueueState {
  std::uint32_t version = 1;
  std::uint16_t size = 0;
  bool ready = false;
  GuestAddress descriptors;
  GuestAddress driver; // available ring
  GuestAddress device; // used ring
  /// Free-running indices of what is taken next from the available ring and returned next to the used ring.
  std::uint16_t next_available = 0;
  std::uint16_t next_used = 0;
  /// next_used when the driver was last asked about an interrupt.
  std::uint16_t asked_used = 0;
};

/// A chain that is returned, and how many of its first device-writable bytes were written.
struct UsedChain {
  std::uint16_t head = 0;
  std::uint32_t written_bytes = 0;
};

/// Used on one thread. Nothing that a guest writes makes it touch memory outside the guest's or loop for long: what is
/// wrong breaks the queue for good, which fault() tells.
class SplitQueue {
public:
  explicit SplitQueue(const GuestMemory& memory) : memory_(memory) {}

  /// Takes the rings into use with the negotiated features; the fault where they are not aligned or lie outside memory.
  /// `state` has its size, addresses and indices.
  [[nodiscard]] std::optional<RingFault> enable(const QueueState& state, std::uint64_t features);
  /// Forgets the rings.
  void disable();
  /// Somebody else took requests from the ring; the next is at this index.
  void was_served(std::uint16_t next_available) { state_.next_available = next_available; }

  /// Enabled and not broken.
  [[nodiscard]] bool usable() const { return state_.ready && !fault_; }
  [[nodiscard]] const std::optional<RingFault>& fault() const { return fault_; }
  [[nodiscard]] const QueueState& state() const { return state_; }

  /// The next request of the driver; nothing where there is none, or the queue is not usable.
  [[nodiscard]] std::optional<DescriptorChain> pop();
  /// Returns a chain whose first `written_bytes` device-writable bytes were written. Nothing happens where the queue is
  /// not usable.
  void push(std::uint16_t head, std::uint32_t written_bytes);
  /// As push() for each, but the driver sees all or none of them. At most the queue's size.
  void push_together(std::span<const UsedChain> chains);
  /// Whether the driver wants an interrupt for what was pushed since the last call.
  [[nodiscard]] bool wants_interrupt();

  /// The driver need not notify: the queue is being served.
  void suppress_notifications();
  /// The driver has to notify again; true where it added something before it could know.
  [[nodiscard]] bool resume_notifications();

private:
  [[nodiscard]] bool has_available() const;

  const GuestMemory& memory_;
  QueueState state_;
  bool event_index_ = false;
  bool indirect_ = false;
  std::span<std::uint8_t> descriptors_;
  std::span<std::uint8_t> driver_;
  std::span<std::uint8_t> device_;
  std::optional<RingFault> fault_;
};

} // namespace volt::virtio
