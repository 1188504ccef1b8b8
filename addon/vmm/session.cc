// The order of a run: plan, machine, signals, console, end.
#include "vmm/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/decode_plan.h"
#include "engine/event.h"
#include "engine/machine.h"

namespace volt {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int exit_plan_invalid = 3;
constexpr int exit_host = 4;

// A reader that takes nothing for this long at the end is not waited for; one that reads on has this long in all.
constexpr milliseconds flush_patience{1000};
constexpr milliseconds flush_limit{30'000};
constexpr milliseconds between_dropped_events{1000};

Result<std::string> read_to_end(int descriptor) {
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t count = read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error(errno, "read the plan");
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

Result<std::unique_ptr<Machine>> create_machine(const Arguments& arguments) {
  const std::string text = TRY(read_to_end(arguments.plan));
  const Plan plan = TRY(decode_plan(text));
  PlanDescriptors files;
  for (const auto& [id, descriptor] : arguments.files)
    files[id] = TRY(FileDescriptor::duplicate(descriptor));
  return Machine::create(plan, arguments.kvm, files);
}

class ConsoleInput : public InputPump::Sink {
public:
  explicit ConsoleInput(Machine& machine) : machine_(machine) {}

  std::size_t wait_for_room() override { return machine_.console().input().wait_for_room(); }
  void consume(std::span<const std::uint8_t> bytes) override { static_cast<void>(machine_.write_console(bytes)); }

private:
  Machine& machine_;
};

/// Blocks the signals that ask for an end, and gives a descriptor that tells of them.
Result<FileDescriptor> catch_termination() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return host_error(errno, "watch for signals (signalfd)");
  return FileDescriptor(descriptor);
}

/// Says at most once a second how much console output was lost.
class DroppedReporter {
public:
  DroppedReporter(Console& console, EventLog& events) : console_(console), events_(events) {}

  void report_if_due() {
    if (Clock::now() - last_ >= between_dropped_events) report();
  }
  void report() {
    const std::uint64_t dropped = console_.take_dropped();
    if (dropped == 0) return;
    last_ = Clock::now();
    events_.write(console_dropped_event(dropped));
  }

private:
  Console& console_;
  EventLog& events_;
  Clock::time_point last_ = Clock::now() - between_dropped_events;
};

void wait_for_end(Machine& machine, int termination, DroppedReporter& dropped) {
  std::array<pollfd, 2> requests{pollfd{.fd = machine.ended_descriptor(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = termination, .events = POLLIN, .revents = 0}};
  while (!machine.ended()) {
    poll(requests.data(), requests.size(), static_cast<int>(between_dropped_events.count()));
    signalfd_siginfo signal{};
    if (read(termination, &signal, sizeof signal) == sizeof signal) machine.stop();
    dropped.report_if_due();
  }
}

int fail(const Error& error, EventLog& events) {
  std::fprintf(stderr, "volt-vmm: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : "; ", error.hint.c_str());
  events.write(failed_event(error));
  events.finish(flush_patience, flush_limit);
  return error.code == ErrorCode::plan_invalid ? exit_plan_invalid : exit_host;
}

/// Runs a machine that exists; the objects that abandoned threads use are never destroyed.
Result<StopReport> run_machine(Machine& machine, const Arguments& arguments, int termination, EventLog& events) {
  auto& output = *new OutputPump;
  if (arguments.console_out >= 0) TRY(output.start("console-out", machine.console().output(), arguments.console_out));
  events.write(started_event(getpid(), machine.vcpu_count()));
  TRY(machine.start());
  if (arguments.console_in >= 0) TRY(InputPump::start("console-in", *new ConsoleInput(machine), arguments.console_in));
  DroppedReporter dropped(machine.console(), events);
  wait_for_end(machine, termination, dropped);
  output.flush(flush_patience, flush_limit);
  dropped.report();
  return *machine.ended();
}

} // namespace

int run_session(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  auto& events = *new EventLog;
  auto termination = catch_termination();
  if (!termination.ok()) return fail(termination.error(), events);
  const auto log = events.start(arguments.events);
  if (!log.ok()) return fail(log.error(), events);
  auto created = create_machine(arguments);
  if (!created.ok()) return fail(created.error(), events);
  // Never destroyed: the kernel takes everything back at once when the process ends.
  Machine& machine = *std::move(created).value().release();
  malloc_trim(0); // the plan's text and tree are done with
  const auto report = run_machine(machine, arguments, termination.value().get(), events);
  if (!report.ok()) return fail(report.error(), events);
  events.write(stopped_event(report.value()));
  events.finish(flush_patience, flush_limit);
  return exit_code_of(report.value().reason);
}

} // namespace volt
