// JavaScript errors with a code, and the checks of arguments that come before any native work.
#pragma once

#include <napi.h>
#include <string>

#include "base/error.h"

namespace volt::binding {

/// An Error with `code` and, where there is one, `errno` and `hint`.
[[nodiscard]] Napi::Error to_js(Napi::Env env, const Error& error);

/// Throws a TypeError with code ERR_INVALID_ARG_TYPE.
void throw_type_error(Napi::Env env, const std::string& message);

/// The object `{ error }` of a function that never throws.
[[nodiscard]] Napi::Object error_result(Napi::Env env, const Error& error);

} // namespace volt::binding
