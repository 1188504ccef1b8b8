// regcomp(3).
#include "keeper/console_matcher.h"

#include <array>

namespace volt {

Result<ConsoleMatcher> ConsoleMatcher::create(const std::string& pattern) {
  auto compiled = std::make_unique<regex_t>();
  const int failure = regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB);
  if (failure == 0) return ConsoleMatcher(Pattern(compiled.release()));
  std::array<char, 256> text{};
  regerror(failure, compiled.get(), text.data(), text.size());
  return Error{.message = "readiness: '" + pattern + "' is no extended regular expression: " + text.data()};
}

bool ConsoleMatcher::hear(std::span<const char> bytes) {
  for (std::size_t index = 0; index < bytes.size() && !is_found_; ++index) {
    const char byte = bytes[index];
    if (byte == '\n' || byte == '\r') {
      is_found_ = matches();
      line_.clear();
      continue;
    }
    if (line_.size() == maximum_line_bytes) {
      is_found_ = matches();
      line_.erase(0, maximum_line_bytes / 2);
    }
    line_ += byte == '\0' ? ' ' : byte;
  }
  is_found_ = is_found_ || matches();
  return is_found_;
}

void ConsoleMatcher::begin() {
  line_.clear();
  is_found_ = false;
}

bool ConsoleMatcher::matches() const {
  return !line_.empty() && regexec(pattern_.get(), line_.c_str(), 0, nullptr, 0) == 0;
}

void ConsoleMatcher::Free::operator()(regex_t* pattern) const {
  regfree(pattern);
  delete pattern;
}

} // namespace volt
