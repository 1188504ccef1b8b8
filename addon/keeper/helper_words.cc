// poll(2).
#include "keeper/helper_words.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace volt {

namespace {

/// Of root's passt, each time; neither is why it does not start.
constexpr std::array<std::string_view, 2> usual_words{"Don't run as root", "Failed to send"};

int milliseconds_to(HelperWords::Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - HelperWords::Clock::now()).count();
  return static_cast<int>(std::max<long>(left, 0));
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

bool is_usual(std::string_view line) {
  return std::ranges::any_of(usual_words, [line](std::string_view words) { return line.starts_with(words); });
}

} // namespace

Result<bool> HelperWords::hear_until(int sign, const FileDescriptor& output, SignalWatch& signals,
                                     Clock::time_point until) {
  bool has_more = true;
  for (;;) {
    std::array<pollfd, 3> requests{
        {{sign, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}, {has_more ? output.get() : -1, POLLIN, 0}}};
    const int count = poll(requests.data(), requests.size(), milliseconds_to(until));
    if (count < 0 && errno != EINTR) return host_error(errno, "wait for a helper (poll)");
    if (requests[2].revents != 0) has_more = hear(output.get());
    if (signals.end_requested()) return Error{.message = "the end was asked for"};
    if (count > 0 && requests[0].revents != 0) return true;
    if (Clock::now() >= until) return false;
  }
}

void HelperWords::hear_rest(const FileDescriptor& output, Clock::time_point until) {
  pollfd request{output.get(), POLLIN, 0};
  while (poll(&request, 1, milliseconds_to(until)) > 0 && hear(output.get())) {
  }
}

bool HelperWords::hear(int output) {
  std::array<char, 4096> chunk;
  const ssize_t count = read(output, chunk.data(), chunk.size());
  if (count <= 0) return count < 0 && (errno == EINTR || errno == EAGAIN);
  const std::string_view bytes(chunk.data(), static_cast<std::size_t>(count));
  log_.write(bytes);
  text_ += bytes;
  if (text_.size() > maximum_bytes) text_.erase(0, text_.size() - maximum_bytes);
  return true;
}

std::string HelperWords::sentence() const {
  std::string joined;
  for (std::string_view rest = text_; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    if (!line.empty() && !is_usual(line)) joined += (joined.empty() ? "" : "; ") + std::string(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (joined.size() > shown_bytes) joined.erase(0, joined.size() - shown_bytes);
  return joined.empty() ? "it was silent" : joined;
}

} // namespace volt
