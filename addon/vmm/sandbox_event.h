// The event that says which layers of the sandbox are in force.
#pragma once

#include <string>
#include <vector>

#include "sandbox/mode.h"
#include "sandbox/own_layers.h"

namespace volt {

struct SandboxReport {
  SandboxMode mode = SandboxMode::off;
  /// As the launcher says (`--jail`).
  std::vector<std::string> jail;
  std::vector<MissingLayer> jail_missing;
  OwnLayers own;
};

/// One line of JSON without its newline (docs/architecture.md).
[[nodiscard]] std::string sandbox_event(const SandboxReport& report);

} // namespace volt
