// volt-agent: runs commands in a guest for programs of its host (docs/agent.md). Exit code: 4 where it cannot listen or
// go on, 64 usage; it does not end by itself.
#include <charconv>
#include <cstdio>
#include <span>
#include <string_view>

#include "agent/listener.h"

namespace {

constexpr int exit_host = 4;
constexpr int exit_usage = 64;

constexpr const char* usage =
    "usage: volt-agent [--port PORT]   listen on a vsock port, 717 by default\n"
    "       volt-agent --unix PATH     listen on a Unix socket, for tests without a machine\n";

int report(const volt::Error& error) {
  std::fprintf(stderr, "volt-agent: %s\n", error.message.c_str());
  return exit_host;
}

int serve(volt::Result<volt::FileDescriptor> listener) {
  if (!listener.ok()) return report(listener.error());
  const auto ended = volt::agent::serve_listener(listener.value());
  return ended.ok() ? 0 : report(ended.error());
}

int run_words(std::span<const char* const> words) {
  if (words.empty()) return serve(volt::agent::listen_vsock(volt::agent::default_port));
  const std::string_view option = words[0];
  if (words.size() == 2 && option == "--unix") return serve(volt::agent::listen_unix(words[1]));
  if (words.size() == 2 && option == "--port") {
    const std::string_view text = words[1];
    unsigned port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure == std::errc() && end == text.data() + text.size()) return serve(volt::agent::listen_vsock(port));
  }
  std::fputs(usage, stderr);
  return exit_usage;
}

} // namespace

int main(int argument_count, char** argument_values) {
  const std::span<const char* const> all(argument_values, static_cast<std::size_t>(argument_count));
  return run_words(all.empty() ? all : all.subspan(1));
}
