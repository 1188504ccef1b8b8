// JSON of the layers.
#include "vmm/sandbox_event.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/event.h"
#include "sandbox/seccomp_programs.h"

namespace volt {

std::string sandbox_event(const SandboxReport& report) {
  using Json = nlohmann::ordered_json;
  Json details{{"mode", name_of(report.mode)}, {"jail", report.jail}, {"layers", report.own.layers.in_force}};
  if (report.own.landlock_abi > 0) details["landlockAbi"] = report.own.landlock_abi;
  if (std::ranges::count(report.own.layers.in_force, "seccomp") > 0) {
    details["seccompSyscalls"] = {{"main", seccomp_syscalls(SeccompKind::main)},
                                  {"device", seccomp_syscalls(SeccompKind::device)},
                                  {"vcpu", seccomp_syscalls(SeccompKind::vcpu)}};
  }
  details["missing"] = Json::array();
  for (const auto* missing : {&report.jail_missing, &report.own.layers.missing}) {
    for (const MissingLayer& layer : *missing)
      details["missing"].push_back({{"layer", layer.name}, {"reason", layer.error.message}});
  }
  return event_with("sandbox", details.dump());
}

} // namespace volt
