// Copies JavaScript values into plain ones, so that native work never looks at a value that JavaScript may change.
#pragma once

#include <cstdint>
#include <map>
#include <napi.h>
#include <optional>
#include <string>
#include <vector>

namespace volt::binding {

/// A number without a fraction from `minimum` to `maximum`; nothing for any other value.
[[nodiscard]] std::optional<std::int64_t> integer_of(const Napi::Value& value, std::int64_t minimum,
                                                     std::int64_t maximum);

/// The value of JSON text that we made ourselves; null where the environment goes down or an exception is pending.
[[nodiscard]] napi_value parse_json(napi_env env, const std::string& json);

/// Arguments of the Machine's constructor.
struct MachineOptions {
  std::string plan;
  int kvm = -1;
  std::map<std::string, int> files;
  /// As engine/placement.h reads them.
  std::optional<std::string> pin;
  std::optional<std::string> huge_pages;
};

/// Nothing, with a TypeError pending, where `value` is something else or a getter threw.
[[nodiscard]] std::optional<MachineOptions> machine_options_of(const Napi::Value& value);

} // namespace volt::binding
