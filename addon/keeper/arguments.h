// The command line of `volt-vmm keep`: its own options, then `--` and those of the machine's volt-vmm.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "keeper/helper_command.h"
#include "sandbox/mode.h"

namespace volt {

enum class RestartPolicy { never, on_failure, always };

/// What makes a machine ready; nothing by default.
struct ReadinessArguments {
  enum class Kind { none, console, vsock, tcp };
  Kind kind = Kind::none;
  /// Of the console: an extended regular expression (regex(7)).
  std::string pattern;
  /// Of vsock a port of the guest; of tcp one of the host that is forwarded to it.
  std::uint32_t port = 0;
  /// Of vsock the path of the socket by which the host reaches the guest; of tcp the host's address in figures.
  std::string address;
  std::chrono::milliseconds timeout{60'000};
};

struct KeepArguments {
  /// Descriptors; -1 where there is none.
  int log_directory = -1;
  int console_listener = -1;
  /// The machine's own console, in place of one that the keeper serves.
  int console = -1;
  /// Of a pipe or a socket without a starter: the machine ends with whoever reads it.
  int event_log = -1;
  int starter = -1;
  /// The machine's cgroup, which is the keeper's to remove.
  int cgroup = -1;
  std::uint64_t log_bytes = std::uint64_t{16} << 20;
  RestartPolicy restart = RestartPolicy::never;
  SandboxMode sandbox = SandboxMode::best_effort;
  /// Who the machine is where the keeper is root, and its group.
  std::uint32_t user = 65534;
  ReadinessArguments readiness;
  std::vector<HelperCommand> helpers;
  /// Without the program's name; numbers of descriptors are the keeper's own.
  std::vector<std::string> machine;
  /// All that they name.
  std::vector<int> machine_descriptors;
  /// -1 where they name none.
  int plan = -1;
};

/// How it is called, for the message about a mistake.
constexpr std::string_view keep_usage =
    "usage: volt-vmm keep --event-log FD [--starter FD] [--log-directory FD] "
    "[--log-size BYTES] [--cgroup FD] [--console-listener FD | --console FD] "
    "[--restart never|on-failure|always] [--sandbox strict|best-effort|off] [--user ID] "
    "[--ready-console REGEX | --ready-vsock PORT=PATH | --ready-tcp PORT=ADDRESS] "
    "[--ready-timeout MS] [--helper COUNT WORD...]... -- --plan FD --kvm FD "
    "[--file ID=FD]... [--control FD] [--on-reset stop|restart] "
    "[--pin CPUS[/CPUS]...] [--huge-pages transparent|2MiB|1GiB]";

/// `arguments` without the program's name and `keep`. The error says which argument is wrong.
[[nodiscard]] Result<KeepArguments> parse_keep_arguments(std::span<const char* const> arguments);

} // namespace volt
