// Programs as processes of their own, without a copy of this one's page tables: fork takes milliseconds of a process as
// large as Node's, and Node's child_process forks.
#pragma once

#include <napi.h>

namespace volt::binding {

/// Adds spawnProcess, reapProcess and socketPair.
void define_spawn_functions(Napi::Env env, Napi::Object exports);

} // namespace volt::binding
