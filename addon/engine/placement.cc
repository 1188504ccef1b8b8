// Reads what volt-vmm's arguments and the binding's options say.
#include "engine/placement.h"

#include <charconv>
#include <ranges>
#include <string>

namespace volt {

namespace {

/// As many as a kernel for x86-64 may be built for.
constexpr unsigned maximum_cpus = 8192;

Error wrong_list(std::string_view text) {
  return Error{.message = "processors are listed as 0-3,8 with numbers below " + std::to_string(maximum_cpus) +
                          ", not as " + std::string(text)};
}

/// The numbers at both ends of `3` or `0-3`.
Result<std::pair<unsigned, unsigned>> parse_range(std::string_view text) {
  const char* const end = text.data() + text.size();
  unsigned first = 0;
  auto read = std::from_chars(text.data(), end, first);
  unsigned last = first;
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-') read = std::from_chars(read.ptr + 1, end, last);
  if (read.ec != std::errc() || read.ptr != end || last < first || last >= maximum_cpus) return wrong_list(text);
  return std::pair(first, last);
}

Result<CpuMask> parse_mask(std::string_view text) {
  CpuMask mask;
  for (const auto part : std::views::split(text, ',')) {
    const auto [first, last] = TRY(parse_range(std::string_view(part.begin(), part.end())));
    if (mask.size() <= last / CPU_SETSIZE) mask.resize(last / CPU_SETSIZE + 1);
    for (unsigned cpu = first; cpu <= last; ++cpu)
      CPU_SET(cpu % CPU_SETSIZE, &mask[cpu / CPU_SETSIZE]);
  }
  if (mask.empty()) return wrong_list(text);
  return mask;
}

} // namespace

Result<std::vector<CpuMask>> parse_pins(std::string_view text) {
  std::vector<CpuMask> pins;
  for (const auto part : std::views::split(text, '/'))
    pins.push_back(TRY(parse_mask(std::string_view(part.begin(), part.end()))));
  if (pins.empty()) return wrong_list(text);
  return pins;
}

Result<PageKind> parse_pages(std::string_view text) {
  if (text == "transparent") return PageKind::transparent;
  if (text == "2MiB") return PageKind::huge_2mib;
  if (text == "1GiB") return PageKind::huge_1gib;
  return Error{.message = "huge pages are transparent, 2MiB or 1GiB, not " + std::string(text)};
}

} // namespace volt
