// A pidfd, a signalfd, and what the machine writes.
#include "keeper/keeper.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/event_line.h"

namespace volt {

namespace {

constexpr int exit_host = 4;

/// Something with another end, which may be closed.
bool is_stream(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

} // namespace

Keeper::Keeper(const KeepArguments& arguments, Loop loop, SignalWatch signals, FileDescriptor executable)
    : arguments_(arguments), loop_(std::move(loop)), signals_(std::move(signals)), executable_(std::move(executable)),
      outlet_(arguments.event_log, arguments.starter) {}

Result<std::unique_ptr<Keeper>> Keeper::create(const KeepArguments& arguments) {
  TRY(adopt_orphans());
  auto loop = TRY(Loop::create());
  auto signals = TRY(SignalWatch::create());
  // The one that runs, also where a newer one has taken its place since.
  FileDescriptor executable(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!executable.valid()) return host_error(errno, "open volt-vmm");
  std::unique_ptr<Keeper> keeper(new Keeper(arguments, std::move(loop), std::move(signals), std::move(executable)));
  TRY(keeper->prepare());
  return keeper;
}

Result<void> Keeper::prepare() {
  TRY(loop_.watch(signals_.descriptor(), EPOLLIN, [this](std::uint32_t) { serve_signals(); }));
  if (!outlet_.has_starter() && is_stream(arguments_.event_log)) TRY(watch_starter());
  return streams_.prepare();
}

/// Who reads the events to the end is whom the machine runs for, and it ends with them, however they end.
Result<void> Keeper::watch_starter() {
  // A closed other end is told without being asked for.
  return loop_.watch(arguments_.event_log, 0, [this](std::uint32_t) {
    loop_.unwatch(arguments_.event_log);
    end_machine();
    if (!runs_) loop_.stop();
  });
}

Result<int> Keeper::run() {
  if (!outlet_.is_agreed(signals_)) return 0;
  auto files = helpers_.start();
  if (!files.ok()) return signals_.end_requested() ? 0 : tell_failure(files.error());
  const auto launched = launch_with(std::move(files).value());
  if (!launched.ok()) {
    helpers_.end();
    return launched.error();
  }
  TRY(loop_.run());
  finish();
  return exit_code_;
}

/// That a helper does not start is told as what a machine is not made for.
int Keeper::tell_failure(const Error& error) {
  EventLine event("failed");
  event.add("code", name_of(error.code)).add("message", error.message);
  if (error.host_errno != 0) event.add("errno", static_cast<long>(error.host_errno));
  if (!error.hint.empty()) event.add("hint", error.hint);
  outlet_.tell(event.text());
  return exit_host;
}

Result<void> Keeper::launch() {
  return launch_with(TRY(helpers_.start()));
}

Result<void> Keeper::launch_with(std::vector<FreshFile> fresh) {
  launched_ = Loop::Clock::now();
  machine_ = TRY(launch_machine(arguments_, executable_.get(), fresh));
  runs_ = true;
  TRY(loop_.watch(machine_.pidfd.get(), EPOLLIN, [this](std::uint32_t) { collect(); }));
  return streams_.begin(machine_);
}

void Keeper::serve_signals() {
  // A machine that is asked to power off is not wanted any more, however it ends.
  if (signals_.take_power_press()) {
    is_ending_ = true;
    if (runs_) machine_.signal(SIGPWR);
  }
  if (signals_.end_requested()) end_machine();
  if (is_ending_ && !runs_) loop_.stop();
}

void Keeper::end_machine() {
  is_ending_ = true;
  if (!runs_) return;
  machine_.signal(SIGTERM);
  loop_.call_at(Loop::Clock::now() + end_patience, [this] { machine_.signal(SIGKILL); });
}

void Keeper::collect() {
  const auto ended = reap(machine_.pidfd.get());
  streams_.end();
  release();
  has_ever_started_ = has_ever_started_ || streams_.events().has_started();
  const Ending ending = ended.ok() ? ended.value() : Ending{.exit_code = 1};
  exit_code_ = exit_code_of(ending);
  say_how_it_ended(ending);
  if (!is_to_restart(ending)) return loop_.stop();
  helpers_.end();
  restart_later();
}

void Keeper::say_how_it_ended(const Ending& ending) {
  const bool was_told = streams_.events().has_stopped() || (streams_.events().has_failed() && !has_ever_started_);
  // Before its first boot whoever started it says so. What the sandbox stopped may have said anything before.
  const bool is_violation = ending.signal == SIGSYS;
  if ((!was_told || is_violation) && (has_ever_started_ || ending.signal != 0))
    outlet_.write(stopped_line(ending, streams_.last_words()));
}

bool Keeper::is_to_restart(const Ending& ending) const {
  if (is_ending_ || !has_ever_started_) return false;
  switch (arguments_.restart) {
  case RestartPolicy::never:
    return false;
  case RestartPolicy::on_failure:
    return exit_code_of(ending) != 0;
  case RestartPolicy::always:
    return true;
  }
  return false;
}

void Keeper::restart_later() {
  const auto delay = guard_.delay_after(Loop::Clock::now() - launched_);
  outlet_.write(EventLine("restarting").add("delayMs", delay.count()).text());
  loop_.call_at(Loop::Clock::now() + delay, [this] { restart(); });
}

void Keeper::restart() {
  const auto launched = launch();
  if (launched.ok()) return;
  const Error& error = launched.error();
  outlet_.write(EventLine("stopped")
                    .add("reason", "host-error")
                    .add("message", "the machine cannot start again: " + error.message +
                                        (error.hint.empty() ? "" : "; " + error.hint))
                    .add("exitCode", exit_host_error)
                    .text());
  if (runs_) machine_.signal(SIGKILL);
  release();
  helpers_.end();
  if (signals_.end_requested()) return loop_.stop();
  restart_later();
}

void Keeper::release() {
  runs_ = false;
  loop_.unwatch(machine_.pidfd.get());
  machine_ = MachineProcess();
}

/// Nobody listens for the guest any more.
void Keeper::finish() {
  for (const int descriptor : arguments_.machine_descriptors)
    close(descriptor);
  helpers_.finish();
}

} // namespace volt
