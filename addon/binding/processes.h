// Processes identified by pid and start time, and advisory locks.
#pragma once

#include <napi.h>

namespace volt::binding {

/// Adds processIdentity, signalProcess, waitProcess and tryLock.
void define_process_functions(Napi::Env env, Napi::Object exports);

} // namespace volt::binding
