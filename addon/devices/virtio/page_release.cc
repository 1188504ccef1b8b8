// madvise(2).
#include "devices/virtio/page_release.h"

#include <sys/mman.h>

namespace volt::virtio {

std::int64_t release_pages(std::span<std::uint8_t> bytes, GuestMemory::Backing backing) {
  // SAFETY: only rounds addresses; the range stays within `bytes`.
  const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uint64_t skipped = (page_bytes - start % page_bytes) % page_bytes;
  if (skipped >= bytes.size()) return 0;
  const auto whole = bytes.subspan(skipped, (bytes.size() - skipped) / page_bytes * page_bytes);
  if (whole.empty()) return 0;
  // What this process alone forgets stays in a file.
  const int advice = backing == GuestMemory::Backing::shared ? MADV_REMOVE : MADV_DONTNEED;
  if (madvise(whole.data(), whole.size(), advice) != 0) return -1;
  return static_cast<std::int64_t>(whole.size());
}

} // namespace volt::virtio
