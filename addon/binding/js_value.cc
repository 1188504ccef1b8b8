// Checks and copies of arguments.
#include "binding/js_value.h"

#include <climits>
#include <cmath>

#include "binding/js_error.h"

namespace volt::binding {

std::optional<std::int64_t> integer_of(const Napi::Value& value, std::int64_t minimum, std::int64_t maximum) {
  if (!value.IsNumber()) return std::nullopt;
  const double number = value.As<Napi::Number>().DoubleValue();
  const bool fits = number >= static_cast<double>(minimum) && number <= static_cast<double>(maximum);
  if (!fits || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// Plain N-API: while an environment goes down, any of these calls may refuse.
napi_value parse_json(napi_env env, const std::string& json) {
  napi_value global = nullptr;
  napi_value parser = nullptr;
  napi_value parse = nullptr;
  napi_value text = nullptr;
  napi_value value = nullptr;
  const bool parsed = napi_get_global(env, &global) == napi_ok &&
                      napi_get_named_property(env, global, "JSON", &parser) == napi_ok &&
                      napi_get_named_property(env, parser, "parse", &parse) == napi_ok &&
                      napi_create_string_utf8(env, json.data(), json.size(), &text) == napi_ok &&
                      napi_call_function(env, parser, parse, 1, &text, &value) == napi_ok;
  return parsed ? value : nullptr;
}

namespace {

std::optional<std::map<std::string, int>> files_of(const Napi::Object& files) {
  std::map<std::string, int> result;
  const Napi::MaybeOrValue<Napi::Array> names = files.GetPropertyNames();
  for (std::uint32_t index = 0; !files.Env().IsExceptionPending() && index < names.Length(); ++index) {
    const Napi::Value name = names.Get(index);
    const auto descriptor = integer_of(files.Get(name), 0, INT_MAX);
    if (!descriptor) return std::nullopt;
    result[name.ToString().Utf8Value()] = static_cast<int>(*descriptor);
  }
  return result;
}

/// False where there is something that is no string.
bool read_word(const Napi::Object& object, const char* name, std::optional<std::string>& word) {
  const Napi::Value value = object.Get(name);
  if (object.Env().IsExceptionPending()) return false;
  if (value.IsString()) word = value.As<Napi::String>().Utf8Value();
  return value.IsString() || value.IsUndefined();
}

} // namespace

std::optional<MachineOptions> machine_options_of(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  const auto refuse = [&](const char* message) {
    if (!env.IsExceptionPending()) throw_type_error(env, message);
    return std::nullopt;
  };
  if (!value.IsObject()) return refuse("options must be an object");
  const auto object = value.As<Napi::Object>();
  const Napi::Value plan = object.Get("plan");
  if (env.IsExceptionPending() || !plan.IsTypedArray() ||
      plan.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    return refuse("options.plan must be a Uint8Array");
  }
  const Napi::Value kvm_value = object.Get("kvm");
  const auto kvm = integer_of(kvm_value, 0, INT_MAX);
  if (!kvm) return refuse("options.kvm must be the number of a descriptor");
  const Napi::Value files_value = object.Get("files");
  if (env.IsExceptionPending() || !files_value.IsObject()) return refuse("options.files must be an object");
  auto files = files_of(files_value.As<Napi::Object>());
  if (env.IsExceptionPending() || !files) return refuse("options.files must map file ids to numbers of descriptors");
  std::optional<std::string> pin;
  std::optional<std::string> huge_pages;
  if (!read_word(object, "pin", pin) || !read_word(object, "hugePages", huge_pages))
    return refuse("options.pin and options.hugePages must be strings");
  // Copied last: a getter above may have changed the bytes, or taken the buffer away.
  const auto bytes = plan.As<Napi::Uint8Array>();
  // SAFETY: bytes seen as characters, copied before JavaScript runs again.
  std::string text(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  return MachineOptions{.plan = std::move(text),
                        .kvm = static_cast<int>(*kvm),
                        .files = std::move(*files),
                        .pin = std::move(pin),
                        .huge_pages = std::move(huge_pages)};
}

} // namespace volt::binding
