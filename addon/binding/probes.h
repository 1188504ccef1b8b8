// What JavaScript can ask about the host.
#pragma once

#include <napi.h>

namespace volt::binding {

/// Adds probe and probeExecution; neither throws for what a host lacks.
void define_probes(Napi::Env env, Napi::Object exports);

} // namespace volt::binding
