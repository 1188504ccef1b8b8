// Options with a value each.
#include "keeper/arguments.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <functional>
#include <map>
#include <optional>

namespace volt {

namespace {

template <typename Number>
Result<Number> number(std::string_view option, std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc() && end == text.data() + text.size()) return value;
  return Error{.message = std::string(option) + " takes a number, not " + std::string(text)};
}

Result<int> descriptor(std::string_view option, std::string_view text) {
  const int value = TRY(number<int>(option, text));
  if (value >= 0 && fcntl(value, F_GETFD) >= 0) return value;
  return Error{.message = std::string(option) + ": descriptor " + std::string(text) + " is not open"};
}

Result<RestartPolicy> restart_policy(std::string_view text) {
  if (text == "never") return RestartPolicy::never;
  if (text == "on-failure") return RestartPolicy::on_failure;
  if (text == "always") return RestartPolicy::always;
  return Error{.message = "--restart takes never, on-failure or always, not " + std::string(text)};
}

Result<void> set_readiness(ReadinessArguments& parsed, std::string_view option, std::string_view text) {
  using Kind = ReadinessArguments::Kind;
  if (parsed.kind != Kind::none) return Error{.message = std::string(option) + ": a machine is ready by one sign"};
  if (option == "--ready-console") {
    parsed.kind = Kind::console;
    parsed.pattern = text;
    return {};
  }
  parsed.kind = option == "--ready-vsock" ? Kind::vsock : Kind::tcp;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size())
    return Error{.message = std::string(option) + " takes a port, `=`, and where it is"};
  parsed.port = TRY(number<std::uint32_t>(option, text.substr(0, equals)));
  parsed.address = text.substr(equals + 1);
  if (parsed.kind == Kind::tcp && (parsed.port == 0 || parsed.port > 65535))
    return Error{.message = "--ready-tcp takes a port from 1 to 65535"};
  return {};
}

Result<void> set(KeepArguments& parsed, std::string_view option, std::string_view value) {
  const std::map<std::string_view, int*> descriptors{{"--log-directory", &parsed.log_directory},
                                                     {"--console-listener", &parsed.console_listener},
                                                     {"--console", &parsed.console},
                                                     {"--event-log", &parsed.event_log},
                                                     {"--starter", &parsed.starter}};
  if (const auto found = descriptors.find(option); found != descriptors.end()) {
    *found->second = TRY(descriptor(option, value));
  } else if (option == "--log-size") {
    parsed.log_bytes = TRY(number<std::uint64_t>(option, value));
  } else if (option == "--restart") {
    parsed.restart = TRY(restart_policy(value));
  } else if (option == "--sandbox") {
    const auto mode = sandbox_mode(value);
    if (!mode) return Error{.message = "--sandbox takes strict, best-effort or off, not " + std::string(value)};
    parsed.sandbox = *mode;
  } else if (option == "--ready-timeout") {
    parsed.readiness.timeout = std::chrono::milliseconds(TRY(number<std::uint32_t>(option, value)));
  } else if (option == "--ready-console" || option == "--ready-vsock" || option == "--ready-tcp") {
    TRY(set_readiness(parsed.readiness, option, value));
  } else {
    return Error{.message = "unknown argument " + std::string(option)};
  }
  return {};
}

/// The machine's are checked by itself; here only what it is to be handed is looked for.
Result<void> find_descriptors(KeepArguments& parsed) {
  const auto& given = parsed.machine;
  for (std::size_t index = 0; index + 1 < given.size(); index += 2) {
    const std::string_view option = given[index];
    const std::string_view value = given[index + 1];
    const std::size_t equals = value.rfind('=');
    const bool is_file = option == "--file" && equals != std::string_view::npos;
    if (!is_file && option != "--plan" && option != "--kvm" && option != "--control") continue;
    const int found = TRY(descriptor(option, is_file ? value.substr(equals + 1) : value));
    if (option == "--plan") parsed.plan = found;
    parsed.machine_descriptors.push_back(found);
  }
  if (parsed.plan >= 0) return {};
  return Error{.message = "the machine's --plan is missing"};
}

} // namespace

Result<KeepArguments> parse_keep_arguments(std::span<const char* const> arguments) {
  KeepArguments parsed;
  const auto end = std::find(arguments.begin(), arguments.end(), std::string_view("--"));
  const auto own = arguments.first(static_cast<std::size_t>(end - arguments.begin()));
  for (std::size_t index = 0; index < own.size(); index += 2) {
    if (index + 1 == own.size()) return Error{.message = std::string(own[index]) + " lacks its value"};
    TRY(set(parsed, own[index], own[index + 1]));
  }
  if (parsed.event_log < 0) return Error{.message = "--event-log is missing"};
  if (parsed.console >= 0 && (parsed.console_listener >= 0 || parsed.log_directory >= 0))
    return Error{.message = "--console is the machine's own: nothing of it is kept or served"};
  if (end != arguments.end()) parsed.machine.assign(end + 1, arguments.end());
  TRY(find_descriptors(parsed));
  return parsed;
}

} // namespace volt
