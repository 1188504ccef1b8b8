// The order of a run: plan, machine, signals, console, end.
#include "vmm/session.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <unistd.h>

#include "engine/decode_plan.h"
#include "engine/event.h"
#include "vmm/boot_sequence.h"

namespace volt {

namespace {

constexpr int exit_plan_invalid = 3;
constexpr int exit_host = 4;

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

Result<BootSequence::Blueprint> read_blueprint(const Arguments& arguments) {
  const std::string text = TRY(read_to_end(arguments.plan));
  BootSequence::Blueprint blueprint;
  blueprint.plan = TRY(decode_plan(text));
  for (const auto& [id, descriptor] : arguments.files)
    blueprint.files[id] = TRY(FileDescriptor::duplicate(descriptor));
  return blueprint;
}

int fail(const Error& error, EventLog& events) {
  std::fprintf(stderr, "volt-vmm: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : "; ", error.hint.c_str());
  events.write(failed_event(error));
  events.finish(flush_patience, flush_limit);
  return error.code == ErrorCode::plan_invalid ? exit_plan_invalid : exit_host;
}

} // namespace

int run_session(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  auto& events = *new EventLog;
  const auto signals = SignalWatch::create();
  if (!signals.ok()) return fail(signals.error(), events);
  const auto log = events.start(arguments.events);
  if (!log.ok()) return fail(log.error(), events);
  auto blueprint = read_blueprint(arguments);
  if (!blueprint.ok()) return fail(blueprint.error(), events);
  auto& boots = *new BootSequence(arguments, std::move(blueprint).value(), signals.value(), events);
  const auto prepared = boots.prepare();
  if (!prepared.ok()) return fail(prepared.error(), events);
  malloc_trim(0); // the plan's text and tree are done with
  const auto report = boots.run();
  if (!report.ok()) return fail(report.error(), events);
  events.write(stopped_event(report.value()));
  events.finish(flush_patience, flush_limit);
  return exit_code_of(report.value().reason);
}

} // namespace volt
