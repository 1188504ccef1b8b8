// volt-vmm: runs one boot plan on KVM, in a process of its own.
#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include "vmm/session.h"

namespace {
constexpr int exit_usage = 64;
}

int main(int argument_count, char** argument_values) {
  // A caller may leave out even the program's name.
  const std::span<const char* const> all(argument_values, static_cast<std::size_t>(argument_count));
  const auto parsed = volt::parse_arguments(all.subspan(std::min<std::size_t>(all.size(), 1)));
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: %s\n%.*s\n", parsed.error().message.c_str(), static_cast<int>(volt::usage.size()),
                 volt::usage.data());
    return exit_usage;
  }
  // Not exit(): threads that wait for a reader may never come back.
  _exit(volt::run_session(parsed.value()));
}
