// How much a sandbox insists on.
#pragma once

#include <optional>
#include <string_view>

namespace volt {

enum class SandboxMode {
  /// Refuses to start where a layer is missing.
  strict,
  /// Starts with the layers that the host has, and says which are missing.
  best_effort,
  off,
};

/// `strict`, `best-effort` or `off`.
[[nodiscard]] constexpr std::optional<SandboxMode> sandbox_mode(std::string_view text) {
  if (text == "strict") return SandboxMode::strict;
  if (text == "best-effort") return SandboxMode::best_effort;
  if (text == "off") return SandboxMode::off;
  return std::nullopt;
}

[[nodiscard]] constexpr std::string_view name_of(SandboxMode mode) {
  switch (mode) {
  case SandboxMode::strict:
    return "strict";
  case SandboxMode::best_effort:
    return "best-effort";
  case SandboxMode::off:
    break;
  }
  return "off";
}

} // namespace volt
