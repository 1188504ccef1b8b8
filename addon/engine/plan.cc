// Shared and own CPUID leaves put together.
#include "engine/plan.h"

#include <algorithm>

namespace volt {

std::vector<CpuidLeaf> cpuid_of(const Plan& plan, const VcpuPlan& vcpu) {
  std::vector<CpuidLeaf> leaves = plan.cpuid;
  for (const CpuidLeaf& own : vcpu.cpuid) {
    const auto shared = std::ranges::find_if(
        leaves, [&](const CpuidLeaf& leaf) { return leaf.leaf == own.leaf && leaf.subleaf == own.subleaf; });
    if (shared != leaves.end()) {
      *shared = own;
    } else {
      leaves.push_back(own);
    }
  }
  return leaves;
}

} // namespace volt
