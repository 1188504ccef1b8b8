// volt-vmm: runs one boot plan on KVM, in a process of its own.
#include <cstdio>
#include <unistd.h>

#include "vmm/session.h"

namespace {
constexpr int exit_usage = 64;
}

int main(int argument_count, char** argument_values) {
  const std::span<const char* const> arguments(argument_values + 1, static_cast<std::size_t>(argument_count - 1));
  const auto parsed = volt::parse_arguments(arguments);
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: %s\n%.*s\n", parsed.error().message.c_str(), static_cast<int>(volt::usage.size()),
                 volt::usage.data());
    return exit_usage;
  }
  // Not exit(): threads that wait for a reader may never come back.
  _exit(volt::run_session(parsed.value()));
}
