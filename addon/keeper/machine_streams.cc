// Non-blocking reads, as many at a time as a pipe holds.
#include "keeper/machine_streams.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "base/program_pages.h"
#include "keeper/event_line.h"

namespace volt {

namespace {

constexpr std::size_t chunk_bytes = 4096;
/// A machine that writes without end does not keep the keeper from anything else.
constexpr unsigned chunks_at_a_time = 16;
/// Of its standard error where it tells no event.
constexpr std::size_t shown_bytes = 500;
/// Losses that go on are told more and more seldom, so that their events stay few.
constexpr std::chrono::milliseconds most_between_losses{3'600'000};

} // namespace

MachineStreams::MachineStreams(Loop& loop, const KeepArguments& arguments, EventOutlet& outlet)
    : loop_(loop), arguments_(arguments), outlet_(outlet), events_([this](auto line) { outlet_.tell(line); }) {}

Result<void> MachineStreams::prepare() {
  readiness_ = TRY(Readiness::create(loop_, arguments_.readiness, [this](bool ready) { report_readiness(ready); }));
  if (arguments_.log_directory >= 0) {
    log_ = std::make_unique<ConsoleLog>(arguments_.log_directory, arguments_.log_bytes);
    TRY(log_->start());
  }
  if (arguments_.console_listener >= 0) TRY(hub_.start(arguments_.console_listener));
  return {};
}

Result<void> MachineStreams::begin(const MachineProcess& machine) {
  machine_ = &machine;
  events_.begin(machine.pid);
  errors_.clear();
  seen_resets_ = 0;
  has_started_ = false;
  TRY(loop_.watch(machine.events.get(), EPOLLIN, [this](std::uint32_t) { read_events(); }));
  TRY(loop_.watch(machine.errors.get(), EPOLLIN, [this](std::uint32_t) { read_errors(); }));
  if (machine.console.valid()) TRY(serve_console());
  if (readiness_ != nullptr) readiness_->begin();
  return {};
}

void MachineStreams::end() {
  // More may come only from one whom it handed its console to.
  while (read_console()) {
  }
  read_events();
  read_errors();
  if (readiness_ != nullptr) readiness_->end();
  tell_losses();
  hub_.connect(-1);
  for (const int descriptor : {machine_->console.get(), machine_->events.get(), machine_->errors.get()})
    loop_.unwatch(descriptor);
  machine_ = nullptr;
}

/// Input that waits is sent when there is room.
Result<void> MachineStreams::serve_console() {
  TRY(loop_.watch(machine_->console.get(), EPOLLIN, [this](std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) hub_.send_input();
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) read_console();
  }));
  hub_.connect(machine_->console.get());
  return {};
}

bool MachineStreams::read_console() {
  if (!machine_->console.valid()) return false;
  read_events(); // a reset is told before the next boot's output
  std::array<char, chunk_bytes> chunk;
  const ssize_t count = recv(machine_->console.get(), chunk.data(), chunk.size(), 0);
  if (count <= 0) {
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) loop_.unwatch(machine_->console.get());
    return false;
  }
  const auto bytes = std::span(chunk).first(static_cast<std::size_t>(count));
  if (log_ != nullptr) count_lost(log_->write(bytes));
  hub_.output(bytes);
  if (readiness_ != nullptr) readiness_->hear(bytes);
  return true;
}

template <typename Hear>
void MachineStreams::read_some(int descriptor, const Hear& hear) {
  std::array<char, chunk_bytes> chunk;
  for (unsigned turn = 0; turn < chunks_at_a_time; ++turn) {
    const ssize_t count = read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) loop_.unwatch(descriptor);
    if (count <= 0) break;
    hear(std::string_view(chunk.data(), static_cast<std::size_t>(count)));
  }
}

void MachineStreams::read_events() {
  read_some(machine_->events.get(), [this](std::string_view bytes) { events_.hear(bytes); });
  if (events_.has_started() && !std::exchange(has_started_, true)) {
    outlet_.dismiss_starter();
    release_program_pages();
  }
  count_dropped(events_.take_dropped());
  if (std::exchange(seen_resets_, events_.resets()) != events_.resets() && readiness_ != nullptr) readiness_->begin();
}

void MachineStreams::read_errors() {
  read_some(machine_->errors.get(), [this](std::string_view bytes) {
    error_log_.write(bytes);
    errors_ += bytes;
    if (errors_.size() > shown_bytes) errors_.erase(0, errors_.size() - shown_bytes);
  });
}

std::string MachineStreams::last_words() const {
  const std::size_t last = errors_.find_last_not_of('\n');
  if (last == std::string::npos) return "";
  return errors_.substr(0, last + 1).substr(errors_.find_last_of('\n', last) + 1);
}

void MachineStreams::report_readiness(bool is_ready) {
  EventLine event(is_ready ? "ready" : "not-ready");
  if (!is_ready) event.add("timeoutMs", arguments_.readiness.timeout.count()).add("console", readiness_->tail());
  outlet_.write(event.text());
}

void MachineStreams::count_lost(std::size_t bytes) {
  lost_bytes_ += bytes;
  if (bytes > 0) tell_losses_later();
}

void MachineStreams::count_dropped(unsigned lines) {
  dropped_lines_ += lines;
  if (lines > 0) tell_losses_later();
}

void MachineStreams::tell_losses() {
  loop_.clear(std::exchange(losses_due_, 0));
  if (const auto bytes = static_cast<long>(std::exchange(lost_bytes_, 0U)); bytes > 0)
    outlet_.write(EventLine("console-dropped").add("bytes", bytes).text());
  if (const unsigned lines = std::exchange(dropped_lines_, 0U); lines > 0)
    outlet_.write(EventLine("events-dropped").add("lines", static_cast<long>(lines)).text());
}

/// And once at the machine's end.
void MachineStreams::tell_losses_later() {
  if (losses_due_ != 0) return;
  losses_due_ = loop_.call_at(Loop::Clock::now() + between_losses_, [this] { tell_losses(); });
  between_losses_ = std::min(2 * between_losses_, most_between_losses);
}

} // namespace volt
