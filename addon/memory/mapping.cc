// mmap and munmap.
#include "memory/mapping.h"

#include <cerrno>
#include <string>
#include <sys/mman.h>
#include <utility>

#include "base/fault.h"

namespace volt {

namespace {

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
  return Mapping(TRY(map(size_bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, what)));
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
