// A name is taken part by part: what is odd is refused, never repaired.
#include "unpack/member_path.h"

#include <algorithm>
#include <ranges>

namespace volt {

std::optional<std::string> inner_path(std::string_view name) {
  if (name.empty() || name.starts_with('/')) return std::nullopt;
  if (std::ranges::any_of(name,
                          [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; }))
    return std::nullopt;
  std::string path;
  for (const auto range : std::views::split(name, '/')) {
    const std::string_view part(range.begin(), range.end());
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

} // namespace volt
