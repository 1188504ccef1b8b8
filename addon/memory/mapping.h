// An owned memory mapping of this process.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "memory/page_kind.h"

namespace volt {

class Mapping {
public:
  /// Private anonymous memory that reads as zero and takes no host memory until touched. It starts at a multiple of
  /// 2 MiB where it has as much, so that the host can back guest pages of that size by its own.
  [[nodiscard]] static Result<Mapping> anonymous(std::uint64_t size_bytes);
  /// Private pages of the host's pool, all of them taken now; the size is a multiple of a page's. Fails where the pool
  /// has not as many free.
  [[nodiscard]] static Result<Mapping> pooled(std::uint64_t size_bytes, PageKind kind);
  /// Shared pages of a descriptor from its offset 0; `what` completes "map …" in an error.
  [[nodiscard]] static Result<Mapping> shared(int descriptor, std::uint64_t size_bytes, std::string_view what);

  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  /// Of a descriptor of pooled pages, all of them taken now.
  [[nodiscard]] static Result<Mapping> shared_pooled(int descriptor, std::uint64_t size_bytes, PageKind kind);

  /// Asks for transparent huge pages; fails on a kernel that was built without.
  [[nodiscard]] Result<void> prefer_huge_pages();
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return bytes_; }

private:
  explicit Mapping(std::span<std::uint8_t> bytes) : bytes_(bytes) {}
  static Result<Mapping> pooled(std::uint64_t size_bytes, int flags, int descriptor, PageKind kind);
  [[nodiscard]] Result<void> take_pages(PageKind kind);

  std::span<std::uint8_t> bytes_;
};

} // namespace volt
