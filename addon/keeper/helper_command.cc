// Words in a row, since those of a program may look like any option.
#include "keeper/helper_command.h"

#include <fcntl.h>
#include <optional>

#include "keeper/option_value.h"

namespace volt {

namespace {

constexpr std::size_t least_words = 4;

std::optional<HelperCommand::Kind> kind_called(std::string_view text) {
  using Kind = HelperCommand::Kind;
  if (text == "passt") return Kind::passt;
  if (text == "virtiofsd") return Kind::virtiofsd;
  if (text == "broker") return Kind::broker;
  if (text == "device") return Kind::device;
  return std::nullopt;
}

} // namespace

Result<HelperCommand> parse_helper(std::span<const char* const> words) {
  if (words.size() < least_words) return Error{.message = "--helper takes a name, a kind, a log and a program"};
  const auto kind = kind_called(words[1]);
  if (!kind) return Error{.message = "--helper takes passt, virtiofsd, broker or device, not " + std::string(words[1])};
  HelperCommand command{.name = words[0], .kind = *kind, .program = words[3]};
  if (std::string_view(words[2]) != "-") command.log = TRY(open_number("--helper", words[2]));
  command.arguments.assign(words.begin() + least_words, words.end());
  return command;
}

Result<std::size_t> take_helper(std::span<const char* const> arguments, std::vector<HelperCommand>& helpers) {
  if (arguments.size() < 2) return Error{.message = "--helper lacks its value"};
  const auto count = TRY(number_of<std::size_t>("--helper", arguments[1]));
  const auto words = arguments.subspan(2);
  if (count > words.size()) return Error{.message = "--helper lacks some of its " + std::to_string(count) + " words"};
  helpers.push_back(TRY(parse_helper(words.first(count))));
  return count + 2;
}

std::string helper_title(const HelperCommand& command) {
  switch (command.kind) {
  case HelperCommand::Kind::passt:
    return "passt";
  case HelperCommand::Kind::virtiofsd:
    return "virtiofsd";
  case HelperCommand::Kind::broker:
    return "the broker of the vsock";
  case HelperCommand::Kind::device:
    break;
  }
  return command.program;
}

} // namespace volt
