// Events of the keeper's own, lines of JSON (docs/architecture.md), written without a JSON library: few pages stay
// resident.
#pragma once

#include <string>
#include <string_view>

namespace volt {

class EventLine {
public:
  /// An event with the present time.
  explicit EventLine(std::string_view event);

  EventLine& add(std::string_view name, std::string_view text);
  EventLine& add(std::string_view name, long number);
  /// The line, with its newline.
  [[nodiscard]] std::string text() const { return line_ + "}\n"; }

private:
  std::string line_;
};

/// A JSON string. Control characters are escaped, and so is every byte beyond ASCII where the text is no UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);

} // namespace volt
