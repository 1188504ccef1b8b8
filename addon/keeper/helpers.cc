// Started one after another; their words are read as they come.
#include "keeper/helpers.h"

#include <array>
#include <csignal>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/unix_socket.h"

namespace volt {

namespace {

/// Of a broker whose socket somebody still listens on.
constexpr int finish_patience_ms = 2500;

} // namespace

Helpers::Helpers(Loop& loop, std::span<const HelperCommand> commands, SignalWatch& signals)
    : loop_(loop), signals_(signals) {
  helpers_.reserve(commands.size());
  for (const HelperCommand& command : commands)
    helpers_.push_back({command, BoundedLog(command.log), {}});
}

Result<std::vector<FreshFile>> Helpers::start() {
  auto files = start_each();
  if (!files.ok()) end();
  return files;
}

Result<std::vector<FreshFile>> Helpers::start_each() {
  std::vector<FreshFile> files;
  for (Helper& helper : helpers_) {
    helper.started = TRY(start_helper(helper.command, helper.log, signals_));
    files.push_back({helper.command.name, std::move(helper.started.machine)});
    const int output = helper.started.output.get();
    if (output >= 0) TRY(loop_.watch(output, EPOLLIN, [this, &helper](std::uint32_t) { read_words(helper); }));
  }
  return files;
}

bool Helpers::read_words(Helper& helper) {
  std::array<char, 4096> chunk;
  const int output = helper.started.output.get();
  const ssize_t count = read(output, chunk.data(), chunk.size());
  if (count > 0) helper.log.write({chunk.data(), static_cast<std::size_t>(count)});
  if (count == 0 || (count < 0 && !would_block())) loop_.unwatch(output);
  return count > 0;
}

void Helpers::end() {
  if (!helpers_.empty()) end_children();
  for (Helper& helper : helpers_) {
    // Nobody writes any more.
    while (read_words(helper)) {
    }
    loop_.unwatch(helper.started.output.get());
    helper.started = {};
  }
}

void Helpers::finish() {
  for (const Helper& helper : helpers_) {
    if (helper.command.kind != HelperCommand::Kind::broker || !helper.started.pidfd.valid()) continue;
    syscall(SYS_pidfd_send_signal, helper.started.pidfd.get(), SIGTERM, nullptr, 0);
    pollfd request{helper.started.pidfd.get(), POLLIN, 0};
    poll(&request, 1, finish_patience_ms);
  }
  end();
}

} // namespace volt
