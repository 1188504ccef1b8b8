// From descriptors to buffers: virtio 1.2 §2.7.5, with everything that a driver must not do refused.
#include "devices/virtio/descriptor_chain.h"

#include <atomic>
#include <optional>

#include "devices/virtio/ring_layout.h"

namespace volt::virtio {

namespace {

// SAFETY: `table` holds whole descriptors and is aligned to 8 bytes at least (checked by whoever made it); both words
// are loaded once each, atomically, because the guest may write to them at the same time.
virtq_desc load_descriptor(std::span<std::uint8_t> table, std::size_t index) {
  auto* words = reinterpret_cast<std::uint64_t*>(table.data() + index * sizeof(virtq_desc));
  const std::uint64_t address = std::atomic_ref(words[0]).load(std::memory_order_relaxed);
  const std::uint64_t rest = std::atomic_ref(words[1]).load(std::memory_order_relaxed);
  virtq_desc descriptor{};
  descriptor.addr = address;
  descriptor.len = static_cast<std::uint32_t>(rest);
  descriptor.flags = static_cast<std::uint16_t>(rest >> 32);
  descriptor.next = static_cast<std::uint16_t>(rest >> 48);
  return descriptor;
}

class ChainWalk {
public:
  ChainWalk(std::uint16_t head, const GuestMemory& memory) : memory_(memory) { chain_.head = head; }

  [[nodiscard]] std::optional<RingFault> walk(std::span<std::uint8_t> table, std::size_t index, bool indirect_allowed);
  [[nodiscard]] DescriptorChain take() { return std::move(chain_); }

private:
  [[nodiscard]] std::optional<RingFault> add_buffer(const virtq_desc& descriptor);
  [[nodiscard]] std::optional<RingFault> walk_indirect(const virtq_desc& descriptor);

  const GuestMemory& memory_;
  DescriptorChain chain_;
  unsigned buffers_ = 0;
};

std::optional<RingFault> ChainWalk::walk(std::span<std::uint8_t> table, std::size_t index, bool indirect_allowed) {
  const std::size_t count = table.size() / sizeof(virtq_desc);
  for (std::size_t step = 0; step < count; ++step) {
    if (index >= count) return RingFault{"a descriptor's index lies outside its table"};
    const virtq_desc descriptor = load_descriptor(table, index);
    const bool has_next = (descriptor.flags & VIRTQ_DESC_F_NEXT) != 0;
    if ((descriptor.flags & VIRTQ_DESC_F_INDIRECT) != 0) {
      if (!indirect_allowed) return RingFault{"an indirect descriptor where none is allowed"};
      if (has_next) return RingFault{"an indirect descriptor has a next one"};
      return walk_indirect(descriptor);
    }
    if (auto fault = add_buffer(descriptor)) return fault;
    if (!has_next) return std::nullopt;
    index = descriptor.next;
  }
  return RingFault{"a descriptor chain runs in a loop"};
}

std::optional<RingFault> ChainWalk::walk_indirect(const virtq_desc& descriptor) {
  if (descriptor.len == 0 || descriptor.len % sizeof(virtq_desc) != 0)
    return RingFault{"an indirect table is not made of whole descriptors"};
  if (descriptor.len / sizeof(virtq_desc) > maximum_chain_buffers) return RingFault{"an indirect table is too long"};
  if (descriptor.addr % alignof(std::uint64_t) != 0) return RingFault{"an indirect table is not aligned"};
  const auto table = memory_.at({.start = {descriptor.addr}, .size_bytes = descriptor.len});
  if (!table) return RingFault{"an indirect table lies outside memory"};
  return walk(*table, 0, false);
}

std::optional<RingFault> ChainWalk::add_buffer(const virtq_desc& descriptor) {
  const bool is_writable = (descriptor.flags & VIRTQ_DESC_F_WRITE) != 0;
  if (!is_writable && chain_.writable.size_bytes() > 0) return RingFault{"a readable buffer behind a writable one"};
  if (++buffers_ > maximum_chain_buffers) return RingFault{"a descriptor chain has too many buffers"};
  if (descriptor.len == 0) return RingFault{"a buffer is empty"};
  const std::uint64_t total = chain_.readable.size_bytes() + chain_.writable.size_bytes();
  if (total + descriptor.len > maximum_chain_bytes) return RingFault{"a descriptor chain has 4 GiB or more"};
  BufferList& list = is_writable ? chain_.writable : chain_.readable;
  // A buffer may cross from one region into the next where they touch.
  GuestAddress address{descriptor.addr};
  for (std::uint64_t left = descriptor.len; left > 0;) {
    const auto piece = memory_.from(address, left);
    if (piece.empty()) return RingFault{"a buffer lies outside memory"};
    list.append(piece);
    address.value += piece.size();
    left -= piece.size();
  }
  return std::nullopt;
}

} // namespace

std::variant<DescriptorChain, RingFault> walk_chain(std::span<std::uint8_t> table, std::uint16_t head,
                                                    bool indirect_allowed, const GuestMemory& memory) {
  ChainWalk walk(head, memory);
  if (const auto fault = walk.walk(table, head, indirect_allowed)) return *fault;
  return walk.take();
}

} // namespace volt::virtio
