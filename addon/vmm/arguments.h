// The command line of volt-vmm: numbers of descriptors that are open already, and what to do about a reset.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/placement.h"
#include "sandbox/layer_report.h"
#include "sandbox/mode.h"

namespace volt {

/// What follows when the guest resets itself.
enum class OnReset { stop, restart };

struct Arguments {
  int plan = -1;
  int kvm = -1;
  /// By the file's id in the plan.
  std::map<std::string, int> files;
  /// -1 where there is none.
  int console_in = -1;
  int console_out = -1;
  /// A listening socket; -1 where there is none.
  int control = -1;
  std::vector<int> events;
  OnReset on_reset = OnReset::stop;
  SandboxMode sandbox = SandboxMode::off;
  /// The layers that whoever launched the process says are in force around it (sandbox/launch.h).
  std::vector<std::string> jail;
  /// Those that the host refused it, with the reasons.
  std::vector<MissingLayer> jail_missing;
  Placement placement;
};

/// How it is called, for the message about a mistake.
constexpr std::string_view usage =
    "usage: volt-vmm --plan FD --kvm FD [--file ID=FD]... [--console-in FD] [--console-out FD] [--events FD]... "
    "[--control FD] [--on-reset stop|restart] [--pin CPUS[/CPUS]...] [--huge-pages transparent|2MiB|1GiB] "
    "[--sandbox strict|best-effort|off] [--jail LAYER,...|none] [--jail-missing LAYER=REASON]...";

/// The descriptors that the arguments name, and the standard streams.
[[nodiscard]] std::vector<int> named_descriptors(const Arguments& arguments);

/// The descriptor whose number is an option's value; the error where it is not open.
[[nodiscard]] Result<int> open_descriptor(std::string_view option, std::string_view text);

/// `arguments` without the program's name. The error says which argument is wrong.
[[nodiscard]] Result<Arguments> parse_arguments(std::span<const char* const> arguments);

} // namespace volt
