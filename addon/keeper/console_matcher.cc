// regcomp(3).
#include "keeper/console_matcher.h"

#include <array>

namespace volt {

namespace {

/// `\1` to `\9`, by which glibc's matcher may take time without end. In brackets a backslash is one of its characters,
/// and such a pattern is refused too.
bool has_back_reference(std::string_view pattern) {
  for (std::size_t index = 0; index + 1 < pattern.size(); ++index) {
    if (pattern[index] != '\\') continue;
    ++index;
    if (pattern[index] >= '1' && pattern[index] <= '9') return true;
  }
  return false;
}

} // namespace

Result<ConsoleMatcher> ConsoleMatcher::create(const std::string& pattern) {
  if (has_back_reference(pattern)) return Error{.message = "readiness: '" + pattern + "' has a back-reference"};
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
