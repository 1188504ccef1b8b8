// What the kernel does in a segment's network namespace, which begins with the host's own settings.
#pragma once

#include "base/result.h"

namespace volt {

/// To be called in it, before it has interfaces: its kernel takes packets and ARP requests from addresses alone that a
/// route leads to, which are the machines'. The host has one table of neighbours for all of its namespaces, which
/// nobody in here is to fill.
[[nodiscard]] Result<void> restrict_namespace();

} // namespace volt
