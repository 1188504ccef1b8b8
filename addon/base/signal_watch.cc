// Signals through a signalfd.
#include "base/signal_watch.h"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace volt {

Result<SignalWatch> SignalWatch::create() {
  // SIGPIPE and SIGXFSZ come with an errno, which is served where the write is.
  for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM})
    std::signal(number, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR})
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return host_error(errno, "watch for signals (signalfd)");
  return SignalWatch(FileDescriptor(descriptor));
}

bool SignalWatch::end_requested() {
  read_pending();
  return end_requested_;
}

bool SignalWatch::take_power_press() {
  read_pending();
  return std::exchange(power_pressed_, false);
}

void SignalWatch::read_pending() {
  signalfd_siginfo signal{};
  while (read(descriptor_.get(), &signal, sizeof signal) == sizeof signal) {
    (signal.ssi_signo == SIGPWR ? power_pressed_ : end_requested_) = true;
  }
}

} // namespace volt
