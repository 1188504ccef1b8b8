// `volt-vmm helpers`: the helpers of a machine that runs in a process of somebody else's.
#pragma once

#include <span>
#include <string_view>

namespace volt {

/// How it is called, for the message about a mistake.
constexpr std::string_view helpers_usage = "usage: volt-vmm helpers --socket FD [--helper COUNT WORD...]...";

/// The whole of it: its exit code. Starts them once somebody connects to the listening socket and asks, by a line;
/// answers by one, with the descriptors of the machine's ends in their order. They end when standard input does.
[[nodiscard]] int run_helpers(std::span<const char* const> arguments);

} // namespace volt
