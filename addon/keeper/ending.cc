// waitid(2).
#include "keeper/ending.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include "keeper/event_line.h"

namespace volt {

namespace {

constexpr int exit_signal_base = 128;

std::string sentence(int signal) {
  if (signal == SIGSYS) return "the sandbox stopped a system call that the machine's process must not make (SIGSYS)";
  if (signal == SIGKILL)
    return "the machine's process was killed by SIGKILL: by someone, or by the kernel for want of memory";
  const char* name = sigabbrev_np(signal);
  return "the machine's process was killed by " +
         (name == nullptr ? std::to_string(signal) : "SIG" + std::string(name));
}

} // namespace

Result<Ending> reap(int pidfd) {
  siginfo_t status{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd), &status, WEXITED) != 0) {
    if (errno != EINTR) return host_error(errno, "wait for the machine's process");
  }
  if (status.si_code == CLD_EXITED) return Ending{.exit_code = status.si_status};
  return Ending{.signal = status.si_status};
}

std::string stopped_line(const Ending& ending, const std::string& last_words) {
  EventLine event("stopped");
  if (ending.signal == 0) {
    return event.add("reason", "host-error")
        .add("message", "the machine's process ended with exit code " + std::to_string(ending.exit_code) +
                            (last_words.empty() ? " and did not say why" : ": " + last_words))
        .add("exitCode", exit_host_error)
        .text();
  }
  const char* name = sigabbrev_np(ending.signal);
  return event.add("reason", "killed")
      .add("message", sentence(ending.signal))
      .add("exitCode", exit_code_of(ending))
      .add("signal", name == nullptr ? std::to_string(ending.signal) : "SIG" + std::string(name))
      .text();
}

int exit_code_of(const Ending& ending) {
  return ending.signal == 0 ? ending.exit_code : exit_signal_base + ending.signal;
}

} // namespace volt
