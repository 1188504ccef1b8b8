// The layers that a process puts on itself before anything of a guest is near.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/layer_report.h"
#include "sandbox/mode.h"

namespace volt {

/// Whether other processes run as the same user in the same user namespace.
enum class ProcessUser { alone, shared };

struct OwnLayers {
  /// `descriptors` (none but those named), `no-new-privileges`, `capabilities` (none are left), `limits` (no core file,
  /// nothing for others of its user to read; so many descriptors and, for one that is alone, threads), `landlock` and
  /// `seccomp`.
  LayerReport layers;
  /// 0 without.
  int landlock_abi = 0;
};

/// To be called while there is one thread; closes all but `descriptors`. strict: fails where a layer is missing, with
/// the others in force.
[[nodiscard]] Result<OwnLayers> enter_own_layers(SandboxMode mode, std::vector<int> descriptors, ProcessUser user);

} // namespace volt
