// Reads and checks the command line.
#include "vmm/arguments.h"

#include <charconv>
#include <fcntl.h>
#include <optional>

namespace volt {

namespace {

Result<void> add_file(Arguments& parsed, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return Error{.message = "--file takes ID=FD, not " + std::string(text)};
  const int descriptor = TRY(open_descriptor("--file", text.substr(equals + 1)));
  if (parsed.files.emplace(text.substr(0, equals), descriptor).second) return {};
  return Error{.message = "--file " + std::string(text.substr(0, equals)) + " is given twice"};
}

Result<OnReset> on_reset(std::string_view text) {
  if (text == "stop") return OnReset::stop;
  if (text == "restart") return OnReset::restart;
  return Error{.message = "--on-reset takes stop or restart, not " + std::string(text)};
}

} // namespace

Result<int> open_descriptor(std::string_view option, std::string_view text) {
  int descriptor = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), descriptor);
  const bool is_number = failure == std::errc() && end == text.data() + text.size() && descriptor >= 0;
  if (!is_number)
    return Error{.message = std::string(option) + " takes the number of a descriptor, not " + std::string(text)};
  if (fcntl(descriptor, F_GETFD) < 0) {
    return Error{.message = std::string(option) + ": descriptor " + std::string(text) + " is not open"};
  }
  return descriptor;
}

Result<Arguments> parse_arguments(std::span<const char* const> arguments) {
  Arguments parsed;
  bool has_on_reset = false;
  const std::map<std::string_view, int*> single{{"--plan", &parsed.plan},
                                                {"--kvm", &parsed.kvm},
                                                {"--console-in", &parsed.console_in},
                                                {"--console-out", &parsed.console_out},
                                                {"--control", &parsed.control}};
  for (std::size_t index = 0; index < arguments.size(); index += 2) {
    const std::string_view option = arguments[index];
    const auto known = single.find(option);
    if (known == single.end() && option != "--file" && option != "--events" && option != "--on-reset") {
      return Error{.message = "unknown argument " + std::string(option)};
    }
    if (index + 1 == arguments.size()) return Error{.message = std::string(option) + " lacks its value"};
    const std::string_view value = arguments[index + 1];
    if (option == "--file") {
      TRY(add_file(parsed, value));
    } else if (option == "--events") {
      parsed.events.push_back(TRY(open_descriptor(option, value)));
    } else if (option == "--on-reset") {
      if (has_on_reset) return Error{.message = "--on-reset is given twice"};
      parsed.on_reset = TRY(on_reset(value));
      has_on_reset = true;
    } else if (*known->second >= 0) {
      return Error{.message = std::string(option) + " is given twice"};
    } else {
      *known->second = TRY(open_descriptor(option, value));
    }
  }
  if (parsed.plan < 0) return Error{.message = "--plan is missing"};
  if (parsed.kvm < 0) return Error{.message = "--kvm is missing"};
  return parsed;
}

} // namespace volt
