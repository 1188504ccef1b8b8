// Which layers of a sandbox are in force, and which the host refused.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace volt {

struct MissingLayer {
  std::string name;
  Error error;
};

struct LayerReport {
  std::vector<std::string> in_force;
  std::vector<MissingLayer> missing;
};

} // namespace volt
