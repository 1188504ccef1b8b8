// write(2), and poll(2) for the starter's byte.
#include "keeper/event_outlet.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace volt {

namespace {

[[nodiscard]] bool write_line(int descriptor, std::string_view line) {
  ssize_t count = -1;
  do {
    count = ::write(descriptor, line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  return count >= 0;
}

} // namespace

bool EventOutlet::is_agreed(SignalWatch& signals) const {
  while (starter_.valid() && !signals.end_requested()) {
    std::array<pollfd, 2> requests{{{starter_.get(), POLLIN, 0}, {signals.descriptor(), POLLIN, 0}}};
    poll(requests.data(), requests.size(), -1);
    if (requests[0].revents == 0) continue;
    char word = 0;
    const ssize_t count = read(starter_.get(), &word, 1);
    if (count < 0 && errno == EINTR) continue;
    return count == 1;
  }
  return !signals.end_requested();
}

void EventOutlet::write(std::string_view line) const {
  // A full disk loses it.
  static_cast<void>(write_line(log_, line));
}

void EventOutlet::tell(std::string_view line) {
  write(line);
  if (starter_.valid() && !write_line(starter_.get(), line)) starter_ = FileDescriptor();
}

} // namespace volt
