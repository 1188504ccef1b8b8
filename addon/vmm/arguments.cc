// Reads and checks the command line.
#include "vmm/arguments.h"

#include <charconv>
#include <fcntl.h>
#include <ranges>
#include <set>
#include <unistd.h>

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

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  if (text == "none") return parts;
  for (const auto part : std::views::split(text, ','))
    parts.emplace_back(part.begin(), part.end());
  return parts;
}

Result<void> take_word(Arguments& parsed, std::string_view option, std::string_view value) {
  if (option == "--on-reset") {
    parsed.on_reset = TRY(on_reset(value));
  } else if (option == "--jail") {
    parsed.jail = parts_of(value);
  } else if (option == "--pin") {
    parsed.placement.pins = TRY(parse_pins(value));
  } else if (option == "--huge-pages") {
    parsed.placement.pages = TRY(parse_pages(value));
  } else {
    const auto mode = sandbox_mode(value);
    if (!mode) return Error{.message = "--sandbox takes strict, best-effort or off, not " + std::string(value)};
    parsed.sandbox = *mode;
  }
  return {};
}

Result<void> add_missing(Arguments& parsed, std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return Error{.message = "--jail-missing takes a layer, `=`, and why it is not there"};
  parsed.jail_missing.push_back(
      {std::string(value.substr(0, equals)), Error{.message = std::string(value.substr(equals + 1))}});
  return {};
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

std::vector<int> named_descriptors(const Arguments& arguments) {
  std::set<int> named{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  for (const int each : {arguments.plan, arguments.kvm, arguments.console_in, arguments.console_out, arguments.control})
    named.insert(each);
  for (const auto& [id, descriptor] : arguments.files)
    named.insert(descriptor);
  named.insert(arguments.events.begin(), arguments.events.end());
  named.erase(-1); // what is not given
  return {named.begin(), named.end()};
}

Result<Arguments> parse_arguments(std::span<const char* const> arguments) {
  Arguments parsed;
  std::set<std::string_view> seen;
  const std::map<std::string_view, int*> single{{"--plan", &parsed.plan},
                                                {"--kvm", &parsed.kvm},
                                                {"--console-in", &parsed.console_in},
                                                {"--console-out", &parsed.console_out},
                                                {"--control", &parsed.control}};
  const std::set<std::string_view> words{"--on-reset", "--sandbox", "--jail", "--pin", "--huge-pages"};
  for (std::size_t index = 0; index < arguments.size(); index += 2) {
    const std::string_view option = arguments[index];
    const auto known = single.find(option);
    const bool is_repeatable = option == "--file" || option == "--events" || option == "--jail-missing";
    const bool is_word = words.contains(option);
    if (known == single.end() && !is_repeatable && !is_word)
      return Error{.message = "unknown argument " + std::string(option)};
    if (index + 1 == arguments.size()) return Error{.message = std::string(option) + " lacks its value"};
    const std::string_view value = arguments[index + 1];
    if (!is_repeatable && !seen.insert(option).second) return Error{.message = std::string(option) + " is given twice"};
    if (option == "--file") {
      TRY(add_file(parsed, value));
    } else if (option == "--jail-missing") {
      TRY(add_missing(parsed, value));
    } else if (option == "--events") {
      parsed.events.push_back(TRY(open_descriptor(option, value)));
    } else if (is_word) {
      TRY(take_word(parsed, option, value));
    } else {
      *known->second = TRY(open_descriptor(option, value));
    }
  }
  if (parsed.plan < 0) return Error{.message = "--plan is missing"};
  if (parsed.kvm < 0) return Error{.message = "--kvm is missing"};
  return parsed;
}

} // namespace volt
