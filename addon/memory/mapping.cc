// mmap and munmap.
#include "memory/mapping.h"

#include <cerrno>
#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <utility>

#include "base/fault.h"

namespace volt {

namespace {

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

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

Result<Mapping> Mapping::shared(int descriptor, std::uint64_t size_bytes, std::string_view what) {
  return Mapping(TRY(map(size_bytes, MAP_SHARED, descriptor, what)));
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
