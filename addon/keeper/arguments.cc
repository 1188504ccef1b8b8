// Options with a value each.
#include "keeper/arguments.h"

#include <map>
#include <optional>

#include "keeper/option_value.h"

namespace volt {

namespace {

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
  parsed.port = TRY(number_of<std::uint32_t>(option, text.substr(0, equals)));
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
                                                     {"--starter", &parsed.starter},
                                                     {"--cgroup", &parsed.cgroup}};
  if (const auto found = descriptors.find(option); found != descriptors.end()) {
    *found->second = TRY(open_number(option, value));
  } else if (option == "--log-size") {
    parsed.log_bytes = TRY(number_of<std::uint64_t>(option, value));
  } else if (option == "--restart") {
    parsed.restart = TRY(restart_policy(value));
  } else if (option == "--sandbox") {
    const auto mode = sandbox_mode(value);
    if (!mode) return Error{.message = "--sandbox takes strict, best-effort or off, not " + std::string(value)};
    parsed.sandbox = *mode;
  } else if (option == "--user") {
    parsed.user = TRY(number_of<std::uint32_t>(option, value));
    if (parsed.user == 0 || parsed.user == UINT32_MAX)
      return Error{.message = "--user takes the id of a user but root"};
  } else if (option == "--ready-timeout") {
    parsed.readiness.timeout = std::chrono::milliseconds(TRY(number_of<std::uint32_t>(option, value)));
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
    const int found = TRY(open_number(option, is_file ? value.substr(equals + 1) : value));
    if (option == "--plan") parsed.plan = found;
    parsed.machine_descriptors.push_back(found);
  }
  if (parsed.plan >= 0) return {};
  return Error{.message = "the machine's --plan is missing"};
}

} // namespace

Result<KeepArguments> parse_keep_arguments(std::span<const char* const> arguments) {
  KeepArguments parsed;
  auto rest = arguments;
  while (!rest.empty() && std::string_view(rest[0]) != "--") {
    std::size_t taken = 2;
    if (std::string_view(rest[0]) == "--helper") {
      taken = TRY(take_helper(rest, parsed.helpers));
    } else {
      if (rest.size() == 1) return Error{.message = std::string(rest[0]) + " lacks its value"};
      TRY(set(parsed, rest[0], rest[1]));
    }
    rest = rest.subspan(taken);
  }
  if (parsed.event_log < 0) return Error{.message = "--event-log is missing"};
  if (parsed.console >= 0 && (parsed.console_listener >= 0 || parsed.log_directory >= 0))
    return Error{.message = "--console is the machine's own: nothing of it is kept or served"};
  if (!rest.empty()) parsed.machine.assign(rest.begin() + 1, rest.end());
  TRY(find_descriptors(parsed));
  return parsed;
}

} // namespace volt
