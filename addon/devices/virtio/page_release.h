// Giving pages of guest memory back to the host.
#pragma once

#include <cstdint>
#include <span>

#include "memory/guest_memory.h"

namespace volt::virtio {

/// The host's page on x86-64, and the balloon's unit (virtio 1.2 §5.5).
constexpr std::uint64_t page_bytes = 4096;

/// Gives the whole pages inside `bytes`, which is guest memory of this backing, back: they read as zero afterwards.
/// Says how many bytes they are; less than 0 where the host refused, errno says why.
[[nodiscard]] std::int64_t release_pages(std::span<std::uint8_t> bytes, GuestMemory::Backing backing);

} // namespace volt::virtio
