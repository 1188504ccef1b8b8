// The order of a run: signals, plan, machine, end.
#include "vmm/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <malloc.h>
#include <new>
#include <poll.h>
#include <unistd.h>

#include "engine/decode_plan.h"
#include "engine/event.h"
#include "vmm/boot_sequence.h"
#include "vmm/sandbox_event.h"

namespace volt {

namespace {

constexpr int exit_plan_invalid = 3;
constexpr int exit_host = 4;
constexpr int maximum_heaps = 8; // as many as libc makes without a question

Result<std::string> read_to_end(int descriptor, SignalWatch& signals) {
  std::string text;
  std::array<char, 65536> chunk;
  while (text.size() <= maximum_plan_bytes) {
    std::array<pollfd, 2> requests{{{descriptor, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}}};
    poll(requests.data(), requests.size(), -1);
    if (signals.end_requested()) return host_error(ECANCELED, "read the plan");
    if (signals.take_power_press()) std::fprintf(stderr, "volt-vmm: SIGPWR: no guest runs yet\n");
    if (requests[0].revents == 0) continue;
    const ssize_t count = read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return host_error(errno, "read the plan");
    if (count == 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return text;
}

Result<BootSequence::Blueprint> read_blueprint(const Arguments& arguments, SignalWatch& signals) {
  const std::string text = TRY(read_to_end(arguments.plan, signals));
  BootSequence::Blueprint blueprint;
  blueprint.plan = TRY(decode_plan(text));
  blueprint.plan.placement = arguments.placement;
  for (const auto& [id, descriptor] : arguments.files)
    blueprint.files[id] = TRY(FileDescriptor::duplicate(descriptor));
  return blueprint;
}

Result<StopReport> run_boots(const Arguments& arguments, SignalWatch& signals, EventLog& events) {
  auto blueprint = TRY(read_blueprint(arguments, signals));
  auto& boots = *new BootSequence(arguments, std::move(blueprint), signals, events);
  TRY(boots.prepare());
  malloc_trim(0); // the plan's text and tree are done with
  StopReport report = TRY(boots.run());
  FlushBudget budget([&] { return signals.end_requested(); });
  boots.finish(budget);
  return report;
}

/// In a user namespace, and as a user of its own, no other process counts towards its user's limits.
ProcessUser owner_of(const std::vector<std::string>& jail) {
  const bool is_alone = std::ranges::count(jail, "user") > 0 || std::ranges::count(jail, "uid") > 0;
  return is_alone ? ProcessUser::alone : ProcessUser::shared;
}

/// Before there is a second thread.
Result<SandboxReport> enter_sandbox(const Arguments& arguments, const SignalWatch& signals) {
  // A heap that shrinks by itself reads a setting in /proc; it does when it is told to (malloc_trim).
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  // Beyond as many heaps libc asks how many processors there are.
  mallopt(M_ARENA_MAX, maximum_heaps);
  std::vector<int> descriptors = named_descriptors(arguments);
  descriptors.push_back(signals.descriptor());
  auto own = TRY(enter_own_layers(arguments.sandbox, std::move(descriptors), owner_of(arguments.jail)));
  return SandboxReport{
      .mode = arguments.sandbox, .jail = arguments.jail, .jail_missing = arguments.jail_missing, .own = std::move(own)};
}

/// How the machine ended; an error where it was not made or did not start.
Result<StopReport> run(const Arguments& arguments, SignalWatch& signals, EventLog& events) {
  const auto sandbox = enter_sandbox(arguments, signals);
  TRY(events.start(arguments.events));
  if (!sandbox.ok()) return sandbox.error();
  if (arguments.sandbox != SandboxMode::off) events.write(sandbox_event(sandbox.value()));
  try {
    auto report = run_boots(arguments, signals, events);
    if (report.ok() || report.error().host_errno != ECANCELED) return report;
    return StopReport{.reason = StopReason::stopped, .message = "the machine was asked to stop before it started"};
  } catch (const std::bad_alloc&) {
    return host_error(ENOMEM, "make the machine");
  }
}

// The event comes first: standard error may be a pipe that nobody reads.
int fail(const Error& error, EventLog& events, FlushBudget& budget) {
  events.finish(failed_event(error), budget);
  std::fprintf(stderr, "volt-vmm: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : "; ", error.hint.c_str());
  return error.code == ErrorCode::plan_invalid ? exit_plan_invalid : exit_host;
}

} // namespace

int run_session(const Arguments& arguments) {
  auto& events = *new EventLog;
  auto signals = SignalWatch::create();
  FlushBudget budget([&] { return signals.ok() && signals.value().end_requested(); });
  if (!signals.ok()) return fail(signals.error(), events, budget);
  const auto report = run(arguments, signals.value(), events);
  if (!report.ok()) return fail(report.error(), events, budget);
  events.finish(stopped_event(report.value()), budget);
  return exit_code_of(report.value().reason);
}

} // namespace volt
