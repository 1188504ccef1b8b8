// SCM_RIGHTS (unix(7)).
#include "keeper/serve_helpers.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper/event_line.h"
#include "keeper/helpers.h"
#include "keeper/option_value.h"

namespace volt {

namespace {

constexpr int exit_host = 4;
constexpr int exit_usage = 64;

struct Arguments {
  int socket = -1;
  std::vector<HelperCommand> helpers;
};

Result<Arguments> parse(std::span<const char* const> rest) {
  Arguments parsed;
  while (!rest.empty()) {
    std::size_t taken = 2;
    if (std::string_view(rest[0]) == "--helper") {
      taken = TRY(take_helper(rest, parsed.helpers));
    } else if (std::string_view(rest[0]) == "--socket" && rest.size() > 1) {
      parsed.socket = TRY(open_number("--socket", rest[1]));
    } else {
      return Error{.message = "unknown argument, or one without its value: " + std::string(rest[0])};
    }
    rest = rest.subspan(taken);
  }
  if (parsed.socket < 0) return Error{.message = "--socket is missing"};
  return parsed;
}

/// The first that asks; nothing where standard input ends before.
FileDescriptor accept_request(int listener) {
  std::array<pollfd, 2> requests{{{listener, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
  while (poll(requests.data(), requests.size(), -1) < 0 && errno == EINTR) {
  }
  FileDescriptor stream(requests[0].revents == 0 ? -1 : accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 64> request;
  // Whatever it says, there is one thing to ask for.
  static_cast<void>(!read(stream.get(), request.data(), request.size()));
  return stream;
}

std::string answer_of(const Result<std::vector<FreshFile>>& files) {
  EventLine line("helpers");
  if (files.ok()) return line.text();
  const Error& error = files.error();
  line.add("code", name_of(error.code)).add("message", error.message).add("hint", error.hint);
  return line.add("errno", static_cast<long>(error.host_errno)).text();
}

/// One that hung up shows by the end of standard input.
void send_answer(int stream, const std::string& text, std::span<const FreshFile> files) {
  const std::size_t bytes = files.size() * sizeof(int);
  std::vector<std::uint8_t> control(CMSG_SPACE(bytes)); // operator new aligns it
  iovec vector{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (!files.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const cmsghdr rights{.cmsg_len = CMSG_LEN(bytes), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    std::memcpy(control.data(), &rights, sizeof rights);
    std::uint8_t* place = control.data() + CMSG_LEN(0);
    for (const FreshFile& file : files) {
      const int descriptor = file.descriptor.get();
      std::memcpy(place, &descriptor, sizeof descriptor);
      place += sizeof descriptor;
    }
  }
  sendmsg(stream, &message, MSG_NOSIGNAL);
}

Result<void> serve(Arguments arguments) {
  TRY(adopt_orphans());
  Loop loop = TRY(Loop::create());
  SignalWatch signals = TRY(SignalWatch::create());
  Helpers helpers(loop, arguments.helpers, signals);
  {
    const FileDescriptor listener(arguments.socket);
    const FileDescriptor stream = accept_request(listener.get());
    if (!stream.valid()) return {};
    const auto files = helpers.start();
    send_answer(stream.get(), answer_of(files), files.ok() ? std::span(files.value()) : std::span<const FreshFile>());
    if (!files.ok()) return {};
  }
  const auto stop = [&loop](std::uint32_t) { loop.stop(); };
  TRY(loop.watch(STDIN_FILENO, EPOLLIN, stop));
  TRY(loop.watch(signals.descriptor(), EPOLLIN, stop));
  TRY(loop.run());
  helpers.finish();
  return {};
}

} // namespace

int run_helpers(std::span<const char* const> arguments) {
  auto parsed = parse(arguments);
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: helpers: %s\n%.*s\n", parsed.error().message.c_str(),
                 static_cast<int>(helpers_usage.size()), helpers_usage.data());
    return exit_usage;
  }
  const auto served = serve(std::move(parsed).value());
  if (served.ok()) return 0;
  std::fprintf(stderr, "volt-vmm: helpers: %s\n", served.error().message.c_str());
  return exit_host;
}

} // namespace volt
