// Every mistake is the client's.
#include "agent/request.h"

#include <algorithm>
#include <cerrno>

namespace volt::agent {

namespace {

/// Of a request altogether.
constexpr std::size_t maximum_request_bytes = 1024 * 1024;
/// What each text takes besides its bytes.
constexpr std::size_t text_overhead_bytes = 64;

Error mistake(const char* what) {
  return Error{.host_errno = EPROTO, .message = what};
}

} // namespace

Result<WindowSize> window_size(std::span<const std::uint8_t> payload) {
  if (payload.size() != 4) return mistake("a terminal's size has 4 bytes");
  return WindowSize{.columns = u16_at(payload, 0), .rows = u16_at(payload, 2)};
}

Result<void> Request::add(const Frame& frame) {
  if (frame.kind == Kind::terminal) {
    terminal = TRY(window_size(frame.payload));
    return {};
  }
  if (std::ranges::find(frame.payload, 0) != frame.payload.end()) return mistake("a text has a NUL in it");
  bytes_ += frame.payload.size() + text_overhead_bytes;
  if (bytes_ > maximum_request_bytes) return mistake("the command line and its environment are too long");
  std::string text(frame.payload.begin(), frame.payload.end());
  if (frame.kind == Kind::argument)
    arguments.push_back(std::move(text));
  else if (frame.kind == Kind::variable && text.find('=') != std::string::npos && text[0] != '=')
    variables.push_back(std::move(text));
  else if (frame.kind == Kind::directory)
    directory = std::move(text);
  else
    return mistake("a frame of this kind has no place here");
  return {};
}

} // namespace volt::agent
