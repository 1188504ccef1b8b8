// volt-unpack: decompresses what came from outside, in a process that can do nothing else. Standard input to standard
// output; standard error says in a line what is wrong. Exit code: 0 done, 3 the input's fault, 4 the host's, 64 usage.
#include <charconv>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <unistd.h>

#include "unpack/archive_reader.h"
#include "unpack/own_limits.h"
#include "unpack/unpack.h"

namespace {

constexpr int exit_damaged = 3;
constexpr int exit_host = 4;
constexpr int exit_usage = 64;

constexpr const char* usage = "usage: volt-unpack stream gzip|xz|lz4|zstd|bzip2 LIMIT-BYTES <packed >unpacked\n"
                              "       volt-unpack package LIMIT-BYTES [PREFIX…] <package.deb >files\n"
                              "       volt-unpack tar LIMIT-BYTES LIMIT-MEMBERS <archive >members\n";

using Words = std::span<const char* const>;

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int report(const volt::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return error.host_errno == 0 ? exit_damaged : exit_host;
}

template <typename Body>
int run(std::size_t limit_bytes, Body body) {
  const auto limited = volt::enter_own_limits();
  if (!limited.ok()) return report(limited.error());
  volt::BoundedOutput output(STDOUT_FILENO, limit_bytes);
  const volt::Result<void> done = body(output);
  return done.ok() ? 0 : report(done.error());
}

int run_words(Words words) {
  const std::string_view what = words.empty() ? "" : words[0];
  if (what == "stream" && words.size() == 3 && volt::is_filter(words[1])) {
    const auto limit = number_of(words[2]);
    if (limit) return run(*limit, [words](auto& output) { return volt::unpack_stream(words[1], output); });
  }
  if (what == "package" && words.size() >= 2) {
    const auto limit = number_of(words[1]);
    if (limit) return run(*limit, [words](auto& output) { return volt::unpack_package(words.subspan(2), output); });
  }
  if (what == "tar" && words.size() == 3) {
    const auto limit = number_of(words[1]);
    const auto members = number_of(words[2]);
    if (limit && members) return run(*limit, [members](auto& output) { return volt::unpack_tar(*members, output); });
  }
  std::fputs(usage, stderr);
  return exit_usage;
}

} // namespace

int main(int argument_count, char** argument_values) {
  const Words all(argument_values, static_cast<std::size_t>(argument_count));
  // Not exit(): nothing is left to be written, and nothing else is to run.
  _exit(run_words(all.empty() ? all : all.subspan(1)));
}
