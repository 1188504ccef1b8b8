// Nothing here waits but poll(2): the client, the command and signals come in any order.
#include "agent/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/command.h"
#include "agent/frame.h"

namespace volt::agent {

namespace {

/// What waits for the client; above this the command waits.
constexpr std::size_t outgoing_limit_bytes = 256 * 1024;
/// What a command left in a stream when it ended is passed on up to here: others may write to it for ever.
constexpr std::size_t leftover_limit_bytes = 1024 * 1024;
constexpr std::chrono::milliseconds hangup_patience{2000};
/// For a client that has been told the end to close: where it still writes, our closing first could cost it the end.
constexpr std::chrono::milliseconds farewell_patience{5000};
/// What ends a terminal's input.
constexpr std::uint8_t end_of_transmission = 4;

using Clock = std::chrono::steady_clock;

int milliseconds_until(Clock::time_point moment) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

class Session {
public:
  Session(FileDescriptor client, FileDescriptor signals) : client_(std::move(client)), signals_(std::move(signals)) {}
  void serve();

private:
  enum class Client { there, gone };

  void wait();
  void read_client();
  Result<void> obey(Frame& frame);
  Result<void> obey_running(Frame& frame);
  Result<void> take_input(const Frame& frame);
  void read_signals();
  void feed_command();
  void credit(std::size_t bytes);
  void drop_input();
  /// Whether there may be more at once.
  bool read_stream(FileDescriptor& stream, Kind kind);
  void report_end();
  void write_client();
  void fail(const Error& error);
  void end_command();
  void wait_for_farewell() const;
  [[nodiscard]] bool has_room() const { return outgoing_.size() < outgoing_limit_bytes; }

  FileDescriptor client_;
  FileDescriptor signals_;
  FrameReader reader_;
  Request request_;
  std::optional<Command> command_;
  std::vector<std::uint8_t> input_;
  std::uint32_t input_taken_ = 0;
  bool input_ends_ = false;
  std::vector<std::uint8_t> outgoing_;
  /// The last frame is under way; then the connection ends.
  bool is_told_ = false;
  bool is_over_ = false;
};

void Session::serve() {
  std::vector<std::uint8_t> hello;
  append_u16(hello, protocol_version);
  append_frame(outgoing_, Kind::hello, hello);
  while (!is_over_)
    wait();
  if (command_) end_command();
  if (is_told_) wait_for_farewell();
}

void Session::wait() {
  std::array<pollfd, 5> polled{};
  const auto watch = [](const FileDescriptor& file, short events) { return pollfd{file.get(), events, 0}; };
  const pollfd nothing{-1, 0, 0};
  polled[0] = watch(client_, static_cast<short>(outgoing_.empty() ? POLLIN : POLLIN | POLLOUT));
  polled[1] = watch(signals_, POLLIN);
  polled[2] = command_ && !input_.empty() ? watch(command_->input, POLLOUT) : nothing;
  polled[3] = command_ && has_room() ? watch(command_->output, POLLIN) : nothing;
  polled[4] = command_ && has_room() ? watch(command_->error_output, POLLIN) : nothing;
  if (poll(polled.data(), polled.size(), -1) < 0) return;
  if (polled[2].revents != 0) feed_command();
  if (polled[3].revents != 0) static_cast<void>(read_stream(command_->output, Kind::output));
  if (polled[4].revents != 0) static_cast<void>(read_stream(command_->error_output, Kind::error_output));
  if (polled[1].revents != 0) read_signals();
  if ((polled[0].revents & ~POLLOUT) != 0) read_client();
  if (command_ && !is_told_ && command_->ended()) report_end();
  if (input_taken_ > 0 && has_room() && !is_told_) {
    std::vector<std::uint8_t> taken;
    append_u32(taken, std::exchange(input_taken_, 0));
    append_frame(outgoing_, Kind::input_taken, taken);
  }
  if (!outgoing_.empty()) write_client();
  if (is_told_ && outgoing_.empty()) is_over_ = true;
}

void Session::read_client() {
  std::array<std::uint8_t, 16 * 1024> bytes{};
  const ssize_t count = recv(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    is_over_ = true;
    return;
  }
  // What comes behind the end is of no use any more, and neither is what is kept of it.
  if (is_told_) return;
  reader_.take(std::span(bytes).first(static_cast<std::size_t>(count)));
  while (!is_told_) {
    auto frame = reader_.next();
    if (!frame.ok()) return fail(frame.error());
    if (!frame.value()) return;
    const auto done = obey(*frame.value());
    if (!done.ok()) return fail(done.error());
  }
}

Result<void> Session::obey(Frame& frame) {
  if (command_) return obey_running(frame);
  if (frame.kind != Kind::run) return request_.add(frame);
  if (request_.arguments.empty() || request_.arguments[0].empty())
    return Error{.host_errno = EPROTO, .message = "there is no command"};
  command_ = TRY(start_command(request_));
  return {};
}

Result<void> Session::obey_running(Frame& frame) {
  switch (frame.kind) {
  case Kind::input:
    return take_input(frame);
  case Kind::input_end:
    if (command_->has_terminal) input_.push_back(end_of_transmission);
    input_ends_ = true;
    if (input_.empty()) drop_input();
    return {};
  case Kind::signal:
    if (frame.payload.size() != 1 || frame.payload[0] == 0 || frame.payload[0] >= NSIG)
      return Error{.host_errno = EPROTO, .message = "there is no such signal"};
    command_->send_signal(frame.payload[0]);
    return {};
  case Kind::resize:
    command_->resize(TRY(window_size(frame.payload)));
    return {};
  default:
    return Error{.host_errno = EPROTO, .message = "a frame of this kind has no place here"};
  }
}

Result<void> Session::take_input(const Frame& frame) {
  if (input_ends_) return Error{.host_errno = EPROTO, .message = "input after its end"};
  if (frame.payload.size() + input_.size() + input_taken_ > input_window_bytes)
    return Error{.host_errno = EPROTO, .message = "more input than there is room for"};
  input_.insert(input_.end(), frame.payload.begin(), frame.payload.end());
  // The command reads none of it: as if it had.
  if (!command_->input.valid()) drop_input();
  return {};
}

void Session::read_signals() {
  signalfd_siginfo information{};
  while (read(signals_.get(), &information, sizeof information) == sizeof information) {
    if (information.ssi_signo == SIGTERM) is_over_ = true;
  }
}

void Session::feed_command() {
  const ssize_t count = write(command_->input.get(), input_.data(), input_.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) return drop_input();
  input_.erase(input_.begin(), input_.begin() + count);
  credit(static_cast<std::size_t>(count));
  if (input_.empty() && input_ends_) drop_input();
}

void Session::credit(std::size_t bytes) {
  // Behind the end nothing comes, and a terminal's own end was not the client's to count.
  if (!input_ends_) input_taken_ += static_cast<std::uint32_t>(bytes);
}

void Session::drop_input() {
  credit(input_.size());
  input_.clear();
  command_->input = FileDescriptor();
}

bool Session::read_stream(FileDescriptor& stream, Kind kind) {
  if (!stream.valid()) return false;
  std::array<std::uint8_t, 32 * 1024> bytes{};
  const ssize_t count = read(stream.get(), bytes.data(), bytes.size());
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) {
    stream = FileDescriptor();
    return false;
  }
  append_frame(outgoing_, kind, std::span<const std::uint8_t>(bytes).first(static_cast<std::size_t>(count)));
  return true;
}

void Session::report_end() {
  const int status = *command_->ended();
  const std::size_t before = outgoing_.size();
  const auto drain = [&](FileDescriptor& stream, Kind kind) {
    while (outgoing_.size() - before < leftover_limit_bytes && read_stream(stream, kind)) {
    }
  };
  drain(command_->output, Kind::output);
  drain(command_->error_output, Kind::error_output);
  const bool is_exit = WIFEXITED(status);
  const auto number = static_cast<std::uint8_t>(is_exit ? WEXITSTATUS(status) : WTERMSIG(status));
  append_frame(outgoing_, is_exit ? Kind::exited : Kind::killed, std::span(&number, 1));
  is_told_ = true;
  // What it left behind, as a daemon may be, goes on.
  command_->reap();
  command_.reset();
}

void Session::write_client() {
  const ssize_t count = send(client_.get(), outgoing_.data(), outgoing_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0)
    is_over_ = true;
  else
    outgoing_.erase(outgoing_.begin(), outgoing_.begin() + count);
}

void Session::fail(const Error& error) {
  std::vector<std::uint8_t> payload;
  append_u32(payload, static_cast<std::uint32_t>(error.host_errno));
  const std::string_view message = std::string_view(error.message).substr(0, 4096);
  payload.insert(payload.end(), message.begin(), message.end());
  append_frame(outgoing_, Kind::failed, payload);
  is_told_ = true;
}

void Session::end_command() {
  command_->input = FileDescriptor();
  if (command_->has_terminal) command_->output = FileDescriptor();
  ::kill(-command_->process, SIGHUP);
  ::kill(-command_->process, SIGCONT);
  const auto until = Clock::now() + hangup_patience;
  while (!command_->ended() && milliseconds_until(until) > 0) {
    pollfd polled{signals_.get(), POLLIN, 0};
    poll(&polled, 1, milliseconds_until(until));
    read_signals();
  }
  command_->kill();
  command_.reset();
}

void Session::wait_for_farewell() const {
  shutdown(client_.get(), SHUT_WR);
  const auto until = Clock::now() + farewell_patience;
  std::array<std::uint8_t, 16 * 1024> ignored{};
  while (milliseconds_until(until) > 0) {
    pollfd polled{client_.get(), POLLIN, 0};
    if (poll(&polled, 1, milliseconds_until(until)) <= 0) continue;
    const ssize_t count = recv(client_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
  }
}

} // namespace

void serve_client(FileDescriptor client) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigaddset(&watched, SIGTERM);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  FileDescriptor signals(signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals.valid()) return;
  Session(std::move(client), std::move(signals)).serve();
}

} // namespace volt::agent
