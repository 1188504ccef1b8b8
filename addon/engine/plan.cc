// What follows from several parts of a plan.
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

bool is_virtio_console(const DevicePlan& device) {
  return device.virtio && std::holds_alternative<ConsolePlan>(device.virtio->model);
}

bool needs_x2apic_ids(const Plan& plan) {
  return std::ranges::any_of(plan.vcpus, [](const VcpuPlan& vcpu) { return vcpu.apic_id > highest_xapic_id; });
}

std::vector<std::string> backends_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const DevicePlan& device : plan.devices) {
    if (!device.virtio) continue;
    for (BackendName& backend : backends_of(*device.virtio))
      names.push_back(std::move(backend.name));
  }
  return names;
}

} // namespace volt
