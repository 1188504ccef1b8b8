// volt-vmm: runs one boot plan on KVM, in a process of its own; or, as `volt-vmm broker`, opens sockets for one that
// does; or, as `volt-vmm segment`, holds a private network of several; or, as `volt-vmm keep`, is the parent of one
// that runs a plan; or, as `volt-vmm helpers`, of what serves one that somebody else runs.
#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include "keeper/keep.h"
#include "keeper/serve_helpers.h"
#include "vmm/broker.h"
#include "vmm/segment/segment.h"
#include "vmm/session.h"

namespace {
constexpr int exit_usage = 64;
}

int main(int argument_count, char** argument_values) {
  // A caller may leave out even the program's name.
  const std::span<const char* const> all(argument_values, static_cast<std::size_t>(argument_count));
  const auto given = all.subspan(std::min<std::size_t>(all.size(), 1));
  if (!given.empty() && std::string_view(given[0]) == "broker") return volt::run_broker(given.subspan(1));
  if (!given.empty() && std::string_view(given[0]) == "segment") return volt::run_segment(given.subspan(1));
  if (!given.empty() && std::string_view(given[0]) == "helpers") return volt::run_helpers(given.subspan(1));
  if (!given.empty() && std::string_view(given[0]) == "keep") _exit(volt::run_keep(given.subspan(1)));
  const auto parsed = volt::parse_arguments(given);
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: %s\n%.*s\n", parsed.error().message.c_str(), static_cast<int>(volt::usage.size()),
                 volt::usage.data());
    return exit_usage;
  }
  // Not exit(): threads that wait for a reader may never come back.
  _exit(volt::run_session(parsed.value()));
}
