// Looks for a pattern in what the guest writes to its console.
#pragma once

#include <memory>
#include <regex.h>
#include <span>
#include <string>

#include "base/result.h"

namespace volt {

/// Line by line, and in a line that has no end yet, such as a prompt; of a longer line in its last part.
class ConsoleMatcher {
public:
  static constexpr std::size_t maximum_line_bytes = 4096;

  /// `pattern` is an extended regular expression (regex(7)). The error says what is wrong with it.
  [[nodiscard]] static Result<ConsoleMatcher> create(const std::string& pattern);

  /// Whether it was found, now or before.
  [[nodiscard]] bool hear(std::span<const char> bytes);
  /// Forgets what it heard.
  void begin();

private:
  struct Free {
    void operator()(regex_t* pattern) const;
  };
  using Pattern = std::unique_ptr<regex_t, Free>;

  explicit ConsoleMatcher(Pattern pattern) : pattern_(std::move(pattern)) {}
  [[nodiscard]] bool matches() const;

  Pattern pattern_;
  std::string line_;
  bool is_found_ = false;
};

} // namespace volt
