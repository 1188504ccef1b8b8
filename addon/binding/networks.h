// Sockets and taps that JavaScript has no call for.
#pragma once

#include <napi.h>

namespace volt::binding {

/// Adds listenUnix, attachTap and plugTap.
void define_network_functions(Napi::Env env, Napi::Object exports);

} // namespace volt::binding
