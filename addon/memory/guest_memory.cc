// Regions of guest memory, and reading files into them.
#include "memory/guest_memory.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fault.h"

namespace volt {

namespace {

constexpr unsigned length_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

unsigned page_flags(PageKind kind) {
  if (!is_pooled(kind)) return 0;
  return MFD_HUGETLB | (kind == PageKind::huge_1gib ? MFD_HUGE_1GB : MFD_HUGE_2MB);
}

Result<FileDescriptor> make_memory_file(std::uint64_t size_bytes, PageKind pages) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | page_flags(pages);
  FileDescriptor file(fault::strikes() ? (errno = ENOMEM, -1) : memfd_create("volt-guest-memory", flags));
  if (!file.valid()) return host_error(errno, "make a file for guest memory (memfd_create)");
  if (ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0 || fcntl(file.get(), F_ADD_SEALS, length_seals) != 0)
    return host_error(errno, "give the file of guest memory " + std::to_string(size_bytes) + " bytes");
  return file;
}

Result<Mapping> map_private(std::uint64_t size_bytes, PageKind pages) {
  if (is_pooled(pages)) return Mapping::pooled(size_bytes, pages);
  return Mapping::anonymous(size_bytes);
}

Result<Mapping> map_file(int file, std::uint64_t size_bytes, PageKind pages) {
  if (is_pooled(pages)) return Mapping::shared_pooled(file, size_bytes, pages);
  return Mapping::shared(file, size_bytes, "the file of guest memory");
}

Result<GuestMemory::Region> make_region(GuestRange range, GuestMemory::Backing backing, PageKind pages) {
  if (is_pooled(pages) && range.size_bytes % pooled_page_bytes(pages) != 0) {
    return Error{.message = "a region of guest memory has " + std::to_string(range.size_bytes) +
                            " bytes, which huge pages do not make"};
  }
  FileDescriptor file;
  if (backing == GuestMemory::Backing::shared) file = TRY(make_memory_file(range.size_bytes, pages));
  Mapping mapping =
      TRY(file.valid() ? map_file(file.get(), range.size_bytes, pages) : map_private(range.size_bytes, pages));
  if (pages == PageKind::transparent) TRY(mapping.prefer_huge_pages());
  return GuestMemory::Region{.range = range, .mapping = std::move(mapping), .file = std::move(file)};
}

} // namespace

Result<GuestMemory> GuestMemory::create(std::span<const GuestRange> ranges, Backing backing, PageKind pages) {
  std::vector<Region> regions;
  for (const GuestRange& range : ranges)
    regions.push_back(TRY(make_region(range, backing, pages)));
  return GuestMemory(std::move(regions), backing);
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
    const iovec buffer{.iov_base = target.data(), .iov_len = target.size()};
    const ssize_t count =
        fault::strikes() ? (errno = EIO, -1) : preadv(descriptor, &buffer, 1, static_cast<off_t>(offset_bytes));
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
