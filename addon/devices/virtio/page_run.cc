// Sorting and joining.
#include "devices/virtio/page_run.h"

#include <algorithm>

#include "devices/virtio/page_release.h"

namespace volt::virtio {

std::vector<GuestRange> page_runs(std::span<std::uint32_t> page_numbers) {
  std::ranges::sort(page_numbers);
  std::vector<GuestRange> runs;
  for (const std::uint32_t number : page_numbers) {
    const GuestAddress start{number * page_bytes};
    if (!runs.empty() && runs.back().contains({.start = start, .size_bytes = 1})) continue;
    if (!runs.empty() && runs.back().start.value + runs.back().size_bytes == start.value) {
      runs.back().size_bytes += page_bytes;
    } else {
      runs.push_back({.start = start, .size_bytes = page_bytes});
    }
  }
  return runs;
}

std::uint32_t balloon_pages(std::uint64_t memory_bytes, std::uint64_t kept_bytes) {
  const std::uint64_t pages = kept_bytes < memory_bytes ? (memory_bytes - kept_bytes) / page_bytes : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(pages, UINT32_MAX));
}

} // namespace volt::virtio
