// A question to another process that answers with descriptors.
#pragma once

#include <napi.h>

namespace volt::binding {

/// Adds `requestDescriptors`.
void define_descriptor_request(Napi::Env env, Napi::Object exports);

} // namespace volt::binding
