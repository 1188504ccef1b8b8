// mmap and munmap.
#include "memory/mapping.h"

#include <cerrno>
#include <cstdint>
#include <linux/mman.h>
#include <string>
#include <sys/mman.h>
#include <utility>

#include "base/fault.h"

namespace volt {

namespace {

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

std::string pooled_memory(std::uint64_t size_bytes, PageKind kind) {
  const std::uint64_t page_bytes = pooled_page_bytes(kind);
  return std::to_string(size_bytes / page_bytes) + " huge pages of " + std::to_string(page_bytes >> 20) +
         " MiB for guest memory";
}

Error with_pool_hint(Error error) {
  error.hint = "the host's pool has too few of them free: /sys/kernel/mm/hugepages says how many, and takes more";
  return error;
}

Result<std::span<std::uint8_t>> map(std::uint64_t size_bytes, int flags, int descriptor, std::string_view what) {
  // SAFETY: a fresh mapping at an address that the kernel chooses; Mapping unmaps exactly this range.
  void* start = fault::strikes() ? (errno = ENOMEM, MAP_FAILED)
                                 : mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (start == MAP_FAILED) return host_error(errno, "map " + std::string(what));
  return std::span(static_cast<std::uint8_t*>(start), size_bytes);
}

} // namespace

Result<Mapping> Mapping::anonymous(std::uint64_t size_bytes) {
  const std::string what = std::to_string(size_bytes) + " bytes of guest memory";
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (size_bytes < huge_page_bytes) return Mapping(TRY(map(size_bytes, flags, -1, what)));
  // The kernel aligns to small pages only: map more and give back what is too much.
  const std::span<std::uint8_t> roomy = TRY(map(size_bytes + huge_page_bytes, flags, -1, what));
  // SAFETY: the address as a number; both ranges given back lie in the mapping and outside what is kept.
  const std::size_t before = huge_page_bytes - reinterpret_cast<std::uintptr_t>(roomy.data()) % huge_page_bytes;
  const std::span<std::uint8_t> kept = roomy.subspan(before, size_bytes);
  munmap(roomy.data(), before);
  if (const auto behind = roomy.subspan(before + size_bytes); !behind.empty()) munmap(behind.data(), behind.size());
  return Mapping(kept);
}

// Without MAP_NORESERVE, so that a pool that is too small refuses here.
Result<Mapping> Mapping::pooled(std::uint64_t size_bytes, int flags, int descriptor, PageKind kind) {
  auto mapped = map(size_bytes, flags, descriptor, pooled_memory(size_bytes, kind));
  if (!mapped.ok()) return with_pool_hint(std::move(mapped).error());
  Mapping mapping(mapped.value());
  TRY(mapping.take_pages(kind));
  return mapping;
}

Result<Mapping> Mapping::pooled(std::uint64_t size_bytes, PageKind kind) {
  const int size = kind == PageKind::huge_1gib ? MAP_HUGE_1GB : MAP_HUGE_2MB;
  return pooled(size_bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size, -1, kind);
}

Result<Mapping> Mapping::shared_pooled(int descriptor, std::uint64_t size_bytes, PageKind kind) {
  return pooled(size_bytes, MAP_SHARED, descriptor, kind);
}

Result<Mapping> Mapping::shared(int descriptor, std::uint64_t size_bytes, std::string_view what) {
  return Mapping(TRY(map(size_bytes, MAP_SHARED, descriptor, what)));
}

Result<void> Mapping::prefer_huge_pages() {
  if (madvise(bytes_.data(), bytes_.size(), MADV_HUGEPAGE) == 0) return {};
  Error error = host_error(errno, "ask for transparent huge pages of guest memory (madvise)");
  if (error.host_errno == EINVAL) error.hint = "the host's kernel has none; leave hugePages out";
  return error;
}

/// Of a pool that has no more of them a later access would be SIGBUS.
Result<void> Mapping::take_pages(PageKind kind) {
  if (madvise(bytes_.data(), bytes_.size(), MADV_POPULATE_WRITE) == 0) return {};
  // Before Linux 5.14 they are reserved, which is as good where no cgroup or memory policy keeps some away.
  if (errno == EINVAL) return {};
  return with_pool_hint(host_error(errno, "take " + pooled_memory(bytes_.size(), kind)));
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

} // namespace volt
