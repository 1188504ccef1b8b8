// The backends of each model.
#include "engine/virtio_plan.h"

#include <string>

namespace volt {

namespace {

struct Backends {
  std::vector<BackendName> operator()(const RngPlan&) const { return {}; }
  std::vector<BackendName> operator()(const BalloonPlan&) const { return {}; }
  std::vector<BackendName> operator()(const ConsolePlan&) const { return {}; }
  std::vector<BackendName> operator()(const BlockPlan& plan) const {
    std::vector<BackendName> names{{.key = "backend", .name = plan.backend}};
    if (plan.overlay) names.push_back({.key = "overlay", .name = *plan.overlay});
    return names;
  }
  std::vector<BackendName> operator()(const NetPlan& plan) const {
    std::vector<BackendName> names;
    for (std::size_t index = 0; index < plan.backends.size(); ++index)
      names.push_back({.key = "backends/" + std::to_string(index), .name = plan.backends[index]});
    for (std::size_t index = 0; index < plan.vhost.size(); ++index)
      names.push_back({.key = "vhost/" + std::to_string(index), .name = plan.vhost[index]});
    return names;
  }
  std::vector<BackendName> operator()(const FsPlan& plan) const { return {{.key = "backend", .name = plan.backend}}; }
  std::vector<BackendName> operator()(const VsockPlan& plan) const {
    return {{.key = "listener", .name = plan.listener}, {.key = "connector", .name = plan.connector}};
  }
};

} // namespace

std::vector<BackendName> backends_of(const VirtioPlan& plan) {
  return std::visit(Backends(), plan.model);
}

} // namespace volt
