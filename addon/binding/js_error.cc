// Errors with their codes.
#include "binding/js_error.h"

namespace volt::binding {

Napi::Error to_js(Napi::Env env, const Error& error) {
  Napi::Error result = Napi::Error::New(env, error.message);
  result.Set("code", Napi::String::New(env, std::string(name_of(error.code))));
  if (error.host_errno != 0) result.Set("errno", Napi::Number::New(env, error.host_errno));
  if (!error.hint.empty()) result.Set("hint", Napi::String::New(env, error.hint));
  return result;
}

void throw_type_error(Napi::Env env, const std::string& message) {
  Napi::TypeError error = Napi::TypeError::New(env, message);
  error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
  error.ThrowAsJavaScriptException();
}

Napi::Object error_result(Napi::Env env, const Error& error) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("error", to_js(env, error).Value());
  return result;
}

} // namespace volt::binding
