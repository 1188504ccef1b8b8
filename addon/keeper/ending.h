// How the machine's process ended, where it left no word itself.
#pragma once

#include <string>
#include <sys/wait.h>

#include "base/result.h"

namespace volt {

/// Of the stop reason `host-error`.
constexpr int exit_host_error = 22;

struct Ending {
  /// -1 where a signal ended it.
  int exit_code = -1;
  int signal = 0;
};

/// Waits for the process behind a pidfd, which has ended.
[[nodiscard]] Result<Ending> reap(int pidfd);

/// `stopped` with the reason `killed`, or `host-error` where it ended by itself and told no event; `last_words` are of
/// its standard error.
[[nodiscard]] std::string stopped_line(const Ending& ending, const std::string& last_words = "");

/// What the keeper ends with: the machine's exit code, or 128 and the signal's number.
[[nodiscard]] int exit_code_of(const Ending& ending);

} // namespace volt
