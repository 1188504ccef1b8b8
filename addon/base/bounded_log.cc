// read(2) and write(2).
#include "base/bounded_log.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace volt {

namespace {

constexpr std::size_t maximum_heard_bytes = 1 << 16;

} // namespace

void BoundedLog::write(std::string_view text) {
  if (room_bytes_ == 0) return;
  const bool fits = text.size() < room_bytes_;
  text = text.substr(0, room_bytes_);
  room_bytes_ -= text.size();
  put(text);
  if (!fits) put(last_line);
}

void BoundedLog::put(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return; // a full disk loses a part
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

Heard hear(int source) {
  Heard heard{.text = std::string(maximum_heard_bytes, '\0')};
  const ssize_t count = read(source, heard.text.data(), heard.text.size());
  heard.has_ended = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
  heard.text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return heard;
}

} // namespace volt
