// The command line of volt-vmm: numbers of descriptors that are open already.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace volt {

struct Arguments {
  int plan = -1;
  int kvm = -1;
  /// By the file's id in the plan.
  std::map<std::string, int> files;
  /// -1 where there is none.
  int console_in = -1;
  int console_out = -1;
  std::vector<int> events;
};

/// How it is called, for the message about a mistake.
constexpr std::string_view usage =
    "usage: volt-vmm --plan FD --kvm FD [--file ID=FD]... [--console-in FD] [--console-out FD] [--events FD]...";

/// `arguments` without the program's name. The error says which argument is wrong.
[[nodiscard]] Result<Arguments> parse_arguments(std::span<const char* const> arguments);

} // namespace volt
