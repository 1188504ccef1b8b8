// volt.node: registers what docs/architecture.md lists, for every environment that loads it (worker threads too).
#include "binding/descriptor_request.h"
#include "binding/machine_class.h"
#include "binding/networks.h"
#include "binding/probes.h"
#include "binding/processes.h"
#include "binding/spawn.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  volt::binding::define_probes(env, exports);
  volt::binding::MachineClass::define(env, exports);
  volt::binding::define_network_functions(env, exports);
  volt::binding::define_process_functions(env, exports);
  volt::binding::define_spawn_functions(env, exports);
  volt::binding::define_descriptor_request(env, exports);
  return exports;
}

} // namespace

NODE_API_MODULE(volt, initialise)
