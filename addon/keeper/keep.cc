// From the command line to the exit code.
#include "keeper/keep.h"

#include <cstdio>

#include "keeper/keeper.h"
#include "keeper/own_cgroup.h"

namespace volt {

namespace {

constexpr int exit_usage = 64;
constexpr int exit_host = 4;

int fail(const Error& error) {
  std::fprintf(stderr, "volt-vmm: keep: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : "; ",
               error.hint.c_str());
  return exit_host;
}

} // namespace

int run_keep(std::span<const char* const> given) {
  const auto arguments = parse_keep_arguments(given);
  if (!arguments.ok()) {
    std::fprintf(stderr, "volt-vmm: keep: %s\n%.*s\n", arguments.error().message.c_str(),
                 static_cast<int>(keep_usage.size()), keep_usage.data());
    return exit_usage;
  }
  const OwnCgroup cgroup(arguments.value().cgroup);
  auto keeper = Keeper::create(arguments.value());
  if (!keeper.ok()) return fail(keeper.error());
  const auto code = keeper.value()->run();
  return code.ok() ? code.value() : fail(code.error());
}

} // namespace volt
