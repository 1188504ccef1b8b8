// SIGTERM, SIGINT and SIGPWR through a signalfd.
#include "vmm/signal_watch.h"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace volt {

Result<SignalWatch> SignalWatch::create() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGPWR})
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return host_error(errno, "watch for signals (signalfd)");
  return SignalWatch(FileDescriptor(descriptor));
}

std::optional<SignalRequest> SignalWatch::next() const {
  signalfd_siginfo signal{};
  if (read(descriptor_.get(), &signal, sizeof signal) != sizeof signal) return std::nullopt;
  return signal.ssi_signo == SIGPWR ? SignalRequest::power_button : SignalRequest::end;
}

} // namespace volt
