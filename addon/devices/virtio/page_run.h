// Page frame numbers as a balloon driver lists them, as ranges of guest memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memory/guest_address.h"

namespace volt::virtio {

/// Sorts the numbers and joins neighbours; each page comes once, whatever the list repeats. A number is a 4 KiB page's
/// address divided by its size (virtio 1.2 §5.5.6), so no range overflows.
[[nodiscard]] std::vector<GuestRange> page_runs(std::span<std::uint32_t> page_numbers);

/// The size of a balloon in pages, as many as it can have, that leaves a guest with `memory_bytes` as much as
/// `kept_bytes`; what is no whole page the guest keeps.
[[nodiscard]] std::uint32_t balloon_pages(std::uint64_t memory_bytes, std::uint64_t kept_bytes);

} // namespace volt::virtio
