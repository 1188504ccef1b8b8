// Regions of guest memory, and reading files into them.
#include "memory/guest_memory.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <unistd.h>

#include "base/fault.h"

namespace volt {

Result<GuestMemory> GuestMemory::create(std::span<const GuestRange> ranges) {
  std::vector<Region> regions;
  for (const GuestRange& range : ranges) {
    regions.push_back({.range = range, .mapping = TRY(Mapping::anonymous(range.size_bytes))});
  }
  return GuestMemory(std::move(regions));
}

std::uint64_t GuestMemory::size_bytes() const {
  std::uint64_t sum = 0;
  for (const Region& region : regions_)
    sum += region.range.size_bytes;
  return sum;
}

std::optional<std::span<std::uint8_t>> GuestMemory::at(GuestRange range) const {
  for (const Region& region : regions_) {
    if (!region.range.contains(range)) continue;
    return region.mapping.bytes().subspan(range.start.value - region.range.start.value, range.size_bytes);
  }
  return std::nullopt;
}

std::span<std::uint8_t> GuestMemory::from(GuestAddress start, std::uint64_t maximum_bytes) const {
  for (const Region& region : regions_) {
    if (!region.range.contains({.start = start, .size_bytes = 1})) continue;
    const auto rest = region.mapping.bytes().subspan(start.value - region.range.start.value);
    return rest.first(std::min<std::uint64_t>(rest.size(), maximum_bytes));
  }
  return {};
}

Result<void> read_file_at(int descriptor, std::uint64_t offset_bytes, std::span<std::uint8_t> target) {
  while (!target.empty()) {
    const ssize_t count = fault::strikes()
                              ? (errno = EIO, -1)
                              : pread(descriptor, target.data(), target.size(), static_cast<off_t>(offset_bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error(errno, "read at byte " + std::to_string(offset_bytes));
    if (count == 0) {
      return Error{.message = "the file ends at byte " + std::to_string(offset_bytes) + ", " +
                              std::to_string(target.size()) + " bytes short",
                   .hint = "the file changed after the plan was made; make a new plan"};
    }
    offset_bytes += static_cast<std::uint64_t>(count);
    target = target.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

} // namespace volt
