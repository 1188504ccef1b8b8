// The VM generation id: 16 random bytes by which a guest tells one start of its machine from another.
#pragma once

#include "memory/guest_memory.h"

namespace volt {

/// Bytes of a generation id.
constexpr std::uint64_t generation_id_bytes = 16;
/// What its address is a multiple of (Microsoft, "Virtual Machine Generation ID", 2012).
constexpr std::uint64_t generation_id_alignment = 8;

/// Writes a fresh id from the host's random numbers at `address`, where a checked plan has room for it. Waits only
/// where the host itself has just started and has no randomness yet.
[[nodiscard]] Result<void> write_generation_id(GuestAddress address, const GuestMemory& memory);

} // namespace volt
