// Each kind tells in its own way that it is ready.
#include "keeper/helper_start.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "keeper/back_end_question.h"
#include "keeper/ending.h"
#include "keeper/helper_socket.h"
#include "keeper/helper_words.h"

namespace volt {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds start_patience{10'000};
/// For ports whose last holder has just ended.
constexpr std::chrono::milliseconds release_patience{500};
constexpr std::chrono::milliseconds between_tries{20};
/// For the last words of one that has ended.
constexpr std::chrono::milliseconds word_patience{1000};
constexpr std::string_view port_is_taken = "Failed to bind any port";

Error not_started(const HelperCommand& command, const Error& why) {
  Error error = why;
  error.message = helper_title(command) + " did not start: " + why.message;
  return error;
}

Error silent_or(const HelperCommand& command, const HelperWords& words) {
  const std::string title = helper_title(command);
  return {.message = title + " did not start: " + words.sentence(),
          .hint = "its package documents what it says: man " + title};
}

/// It goes into the background once it listens on its ports; the process that was started ends then.
Result<StartedHelper> try_passt(const HelperCommand& command, HelperWords& words, SignalWatch& signals) {
  HelperSocket socket = TRY(socket_pair(SOCK_STREAM));
  HelperProcess process = TRY(spawn_helper(command, socket.helper.get()));
  const auto until = Clock::now() + start_patience;
  if (!TRY(words.hear_until(process.pidfd.get(), process.output, signals, until))) kill(process.pid, SIGKILL);
  const Ending ending = TRY(reap(process.pidfd.get()));
  words.hear_rest(process.output, Clock::now());
  if (exit_code_of(ending) != 0) return silent_or(command, words);
  return StartedHelper{.machine = std::move(socket.machine)};
}

Result<StartedHelper> start_passt(const HelperCommand& command, BoundedLog& log, SignalWatch& signals) {
  for (const auto until = Clock::now() + release_patience;; std::this_thread::sleep_for(between_tries)) {
    HelperWords words(log);
    auto started = try_passt(command, words, signals);
    const bool is_taken = !started.ok() && started.error().message.find(port_is_taken) != std::string::npos;
    if (!is_taken || Clock::now() > until || signals.end_requested()) return started;
  }
}

Result<StartedHelper> start_virtiofsd(const HelperCommand& command, BoundedLog& log, SignalWatch& signals) {
  HelperSocket socket = TRY(listening_pair());
  HelperProcess process = TRY(spawn_helper(command, socket.helper.get()));
  socket.helper = FileDescriptor(); // when its own is closed, the connection ends
  HelperWords words(log);
  BackEndQuestion question(socket.machine.get());
  const auto until = Clock::now() + start_patience;
  while (!question.is_over()) {
    if (!TRY(words.hear_until(socket.machine.get(), process.output, signals, until))) break;
    question.read_some();
  }
  if (question.is_answered())
    return StartedHelper{std::move(socket.machine), std::move(process.output), std::move(process.pidfd)};
  kill(process.pid, SIGKILL);
  words.hear_rest(process.output, Clock::now() + word_patience);
  return silent_or(command, words);
}

Result<StartedHelper> start_broker(const HelperCommand& command) {
  HelperSocket socket = TRY(socket_pair(SOCK_SEQPACKET));
  HelperProcess process = TRY(spawn_helper(command, socket.helper.get()));
  // What it says it says at its end, and nobody waits for that.
  return StartedHelper{.machine = std::move(socket.machine), .pidfd = std::move(process.pidfd)};
}

Result<StartedHelper> open_device(const HelperCommand& command) {
  FileDescriptor device(open(command.program.c_str(), O_RDWR | O_CLOEXEC));
  if (!device.valid()) return host_error(errno, "open " + command.program);
  return StartedHelper{.machine = std::move(device)};
}

Result<StartedHelper> start(const HelperCommand& command, BoundedLog& log, SignalWatch& signals) {
  switch (command.kind) {
  case HelperCommand::Kind::passt:
    return start_passt(command, log, signals);
  case HelperCommand::Kind::virtiofsd:
    return start_virtiofsd(command, log, signals);
  case HelperCommand::Kind::broker:
    return start_broker(command);
  case HelperCommand::Kind::device:
    break;
  }
  return open_device(command);
}

} // namespace

Result<StartedHelper> start_helper(const HelperCommand& command, BoundedLog& log, SignalWatch& signals) {
  auto started = start(command, log, signals);
  if (started.ok() || command.kind == HelperCommand::Kind::device || started.error().host_errno == 0) return started;
  return not_started(command, started.error());
}

} // namespace volt
