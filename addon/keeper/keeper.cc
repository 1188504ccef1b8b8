// A pidfd, a signalfd, and what the machine writes.
#include "keeper/keeper.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/program_pages.h"
#include "keeper/event_line.h"

namespace volt {

namespace {

constexpr std::size_t chunk_bytes = 4096;
/// As many as a pipe holds: a machine that writes without end does not keep the keeper from anything else.
constexpr unsigned chunks_at_a_time = 16;
constexpr std::chrono::milliseconds between_losses{1000};

/// Something with another end, which may be closed.
bool is_stream(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

} // namespace

Keeper::Keeper(const KeepArguments& arguments, Loop loop, SignalWatch signals, FileDescriptor executable)
    : arguments_(arguments), loop_(std::move(loop)), signals_(std::move(signals)), executable_(std::move(executable)),
      starter_(arguments.starter) {}

Result<std::unique_ptr<Keeper>> Keeper::create(const KeepArguments& arguments) {
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
  if (!starter_.valid() && is_stream(arguments_.event_log)) TRY(watch_starter());
  readiness_ = TRY(Readiness::create(loop_, arguments_.readiness, [this](bool ready) { report_readiness(ready); }));
  if (arguments_.log_directory >= 0) {
    log_ = std::make_unique<ConsoleLog>(arguments_.log_directory, arguments_.log_bytes);
    TRY(log_->start());
  }
  if (arguments_.console_listener >= 0) TRY(hub_.start(arguments_.console_listener));
  return {};
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
  if (!is_agreed()) return 0;
  TRY(launch());
  release_program_pages();
  TRY(loop_.run());
  return exit_code_;
}

/// Whoever starts a keeper writes down first that there is one, and says so by a byte. One that was killed before does
/// not, and nothing would run that nobody knows of.
bool Keeper::is_agreed() {
  while (starter_.valid() && !signals_.end_requested()) {
    std::array<pollfd, 2> requests{{{starter_.get(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}}};
    poll(requests.data(), requests.size(), -1);
    if (requests[0].revents == 0) continue;
    char word = 0;
    const ssize_t count = read(starter_.get(), &word, 1);
    if (count < 0 && errno == EINTR) continue;
    return count == 1;
  }
  return !signals_.end_requested();
}

Result<void> Keeper::launch() {
  words_.begin();
  seen_resets_ = 0;
  launched_ = Loop::Clock::now();
  machine_ = TRY(launch_machine(arguments_, executable_.get()));
  runs_ = true;
  TRY(loop_.watch(machine_.pidfd.get(), EPOLLIN, [this](std::uint32_t) { collect(); }));
  TRY(loop_.watch(machine_.events.get(), EPOLLIN, [this](std::uint32_t) { read_events(); }));
  if (machine_.console.valid()) TRY(serve_console());
  if (readiness_ != nullptr) readiness_->begin();
  return {};
}

Result<void> Keeper::serve_console() {
  TRY(loop_.watch(machine_.console.get(), EPOLLIN, [this](std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) hub_.send_input();
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) static_cast<void>(read_console());
  }));
  hub_.connect(machine_.console.get());
  return {};
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

bool Keeper::read_console() {
  if (!machine_.console.valid()) return false;
  read_events(); // a reset is told before the next boot's output
  std::array<char, chunk_bytes> chunk;
  const ssize_t count = recv(machine_.console.get(), chunk.data(), chunk.size(), 0);
  if (count <= 0) {
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) loop_.unwatch(machine_.console.get());
    return false;
  }
  const auto bytes = std::span(chunk).first(static_cast<std::size_t>(count));
  if (log_ != nullptr) count_lost(log_->write(bytes));
  hub_.output(bytes);
  if (readiness_ != nullptr) readiness_->hear(bytes);
  return true;
}

void Keeper::read_events() {
  std::array<char, chunk_bytes> chunk;
  for (unsigned turn = 0; turn < chunks_at_a_time; ++turn) {
    const ssize_t count = read(machine_.events.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) loop_.unwatch(machine_.events.get());
    if (count <= 0) break;
    const std::string_view bytes(chunk.data(), static_cast<std::size_t>(count));
    words_.hear(bytes);
    forward_to_starter(bytes);
  }
  has_ever_started_ = has_ever_started_ || words_.has_started();
  if (words_.has_started()) starter_ = FileDescriptor();
  if (std::exchange(seen_resets_, words_.resets()) != words_.resets() && readiness_ != nullptr) readiness_->begin();
}

/// Until the guest has started. Who started it reads, or has gone.
void Keeper::forward_to_starter(std::string_view bytes) {
  if (!starter_.valid()) return;
  if (write(starter_.get(), bytes.data(), bytes.size()) < 0) starter_ = FileDescriptor();
}

void Keeper::collect() {
  const auto ended = reap(machine_.pidfd.get());
  // What is left is read; more may come only from one whom it handed its console to.
  while (read_console()) {
  }
  read_events();
  release();
  const Ending ending = ended.ok() ? ended.value() : Ending{.exit_code = 1};
  exit_code_ = exit_code_of(ending);
  say_how_it_ended(ending);
  if (!is_to_restart(ending)) return loop_.stop();
  restart_later();
}

void Keeper::say_how_it_ended(const Ending& ending) {
  const bool was_told = words_.has_stopped() || (words_.has_failed() && !has_ever_started_);
  // Before its first boot whoever started it says so. What the sandbox stopped may have said anything before.
  const bool is_violation = ending.signal == SIGSYS;
  if ((!was_told || is_violation) && (has_ever_started_ || ending.signal != 0)) write_event(stopped_line(ending));
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
  write_event(EventLine("restarting").add("delayMs", delay.count()).text());
  loop_.call_at(Loop::Clock::now() + delay, [this] {
    const auto launched = launch();
    if (launched.ok()) return;
    write_event(EventLine("stopped")
                    .add("reason", "host-error")
                    .add("message", "the machine cannot start again: " + launched.error().message)
                    .add("exitCode", exit_host_error)
                    .text());
    release();
    restart_later();
  });
}

void Keeper::release() {
  runs_ = false;
  if (readiness_ != nullptr) readiness_->end();
  hub_.connect(-1);
  for (const int descriptor : {machine_.pidfd.get(), machine_.console.get(), machine_.events.get()})
    loop_.unwatch(descriptor);
  machine_ = MachineProcess();
}

void Keeper::report_readiness(bool is_ready) {
  EventLine event(is_ready ? "ready" : "not-ready");
  if (!is_ready) event.add("timeoutMs", arguments_.readiness.timeout.count()).add("console", readiness_->tail());
  write_event(event.text());
}

/// Said at most once a second.
void Keeper::count_lost(std::size_t bytes) {
  if (bytes == 0) return;
  lost_bytes_ += bytes;
  if (std::exchange(is_loss_due_, true)) return;
  loop_.call_at(Loop::Clock::now() + between_losses, [this] {
    is_loss_due_ = false;
    const auto lost = static_cast<long>(std::exchange(lost_bytes_, 0));
    write_event(EventLine("console-dropped").add("bytes", lost).text());
  });
}

/// One write, which other writers of the file do not divide (O_APPEND).
void Keeper::write_event(const std::string& line) {
  while (write(arguments_.event_log, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

} // namespace volt
