// A request of the driver: the buffers that a chain of descriptors names, checked.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "devices/virtio/buffer_list.h"
#include "memory/guest_memory.h"

namespace volt::virtio {

/// virtio 1.2 §2.7.5. Device-readable buffers come before device-writable ones.
struct DescriptorChain {
  /// Index of its first descriptor, by which it is returned to the driver.
  std::uint16_t head = 0;
  BufferList readable;
  BufferList writable;
};

/// What is wrong with a chain or a ring, as a sentence of static storage.
struct RingFault {
  std::string_view text;
};

/// Buffers of one chain, those behind an indirect descriptor included.
constexpr unsigned maximum_chain_buffers = 1024;
/// Of the buffers of a chain together: what a used element's length can say (virtio 1.2 §2.7.5 has one more).
constexpr std::uint64_t maximum_chain_bytes = UINT32_MAX;

/// Walks the chain that starts at `head` of `table`, whose entries the guest may change meanwhile: each is read once.
/// Ends after `table`'s size plus maximum_chain_buffers steps at the latest.
[[nodiscard]] std::variant<DescriptorChain, RingFault> walk_chain(std::span<std::uint8_t> table, std::uint16_t head,
                                                                  bool indirect_allowed, const GuestMemory& memory);

} // namespace volt::virtio
