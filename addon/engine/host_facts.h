// What this host's KVM offers, as schema/host-facts.schema.json describes it.
#pragma once

#include <string>

#include "base/result.h"
#include "kvm/system.h"

namespace volt {

/// The HostFacts as JSON.
[[nodiscard]] Result<std::string> host_facts(const kvm::System& system);

} // namespace volt
