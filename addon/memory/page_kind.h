// By what pages of the host guest memory is held.
#pragma once

#include <cstdint>

namespace volt {

enum class PageKind {
  /// As the host does by itself.
  usual,
  /// Transparent huge pages, where the kernel finds room for them (Documentation/admin-guide/mm/transhuge.rst).
  transparent,
  /// From the host's pool of huge pages (Documentation/admin-guide/mm/hugetlbpage.rst).
  huge_2mib,
  huge_1gib,
};

/// Whether pages come from the pool: all are taken at the start, and none goes back before the end.
[[nodiscard]] constexpr bool is_pooled(PageKind kind) {
  return kind == PageKind::huge_2mib || kind == PageKind::huge_1gib;
}

/// Of a page of the pool.
[[nodiscard]] constexpr std::uint64_t pooled_page_bytes(PageKind kind) {
  return kind == PageKind::huge_1gib ? std::uint64_t{1} << 30 : std::uint64_t{2} << 20;
}

} // namespace volt
