// What whoever starts a machine asks of the host for it, and no guest sees.
#pragma once

#include <sched.h>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/page_kind.h"

namespace volt {

/// Processors of the host by their numbers, 1024 in an entry, as sched_setaffinity(2) takes them.
using CpuMask = std::vector<cpu_set_t>;

struct Placement {
  /// Where vCPUs run: none anywhere, one entry holds for all, else there is one for each.
  std::vector<CpuMask> pins;
  PageKind pages = PageKind::usual;
};

/// Lists of processors such as `0-3,8`, with `/` between those of the vCPUs.
[[nodiscard]] Result<std::vector<CpuMask>> parse_pins(std::string_view text);

/// `transparent`, `2MiB` or `1GiB`.
[[nodiscard]] Result<PageKind> parse_pages(std::string_view text);

} // namespace volt
