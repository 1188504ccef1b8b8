// One request at a time: connecting to a Unix socket never waits here.
#include "vmm/broker.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/signal_watch.h"
#include "base/unix_socket.h"
#include "devices/virtio/vsock/connector_protocol.h"
#include "vmm/arguments.h"
#include "vmm/stale_socket.h"

namespace volt {

namespace {

using virtio::ConnectAnswer;
using virtio::ConnectRequest;

constexpr int exit_host = 4;
constexpr int exit_usage = 64;
/// For the engine, whose end ours sees, to close the socket that it listens on too.
constexpr std::chrono::milliseconds end_patience{2000};
/// With `_`, the longest port, and the terminating zero it fits sun_path.
constexpr std::size_t maximum_prefix_bytes = sizeof(sockaddr_un::sun_path) - sizeof "_4294967295";

/// The socket that a path names itself, not by a link: in a directory that others may write to, a link of theirs would
/// lead the guest to any socket of the host's.
Result<FileDescriptor> find_socket(const std::string& path) {
  FileDescriptor found(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!found.valid()) return host_error(errno, "find " + path);
  struct stat status {};
  if (fstat(found.get(), &status) != 0) return host_error(errno, "look at " + path);
  if (!S_ISSOCK(status.st_mode)) return host_error(ENOTSOCK, "connect to " + path);
  return found;
}

/// A connected stream socket. A listener whose backlog is full refuses (EAGAIN).
Result<FileDescriptor> connect_to(const std::string& path) {
  const FileDescriptor found = TRY(find_socket(path));
  // What was looked at, whatever the path names by now.
  return connect_unix("/proc/self/fd/" + std::to_string(found.get()), SOCK_NONBLOCK);
}

/// The host is short of something at the moment: of memory, or of room for descriptors that are under way.
bool is_shortage(int error) {
  return error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS;
}

/// A refusal takes the place of what the host is too short of to send; where even that is too much, the engine waits in
/// vain and refuses by itself.
Result<void> send_answer(int socket, std::uint32_t id, const Result<FileDescriptor>& stream) {
  ConnectAnswer answer{.id = id, .host_errno = stream.ok() ? 0 : stream.error().host_errno};
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(int))]{};
  iovec vector{&answer, sizeof answer};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (stream.ok()) {
    const int descriptor = stream.value().get();
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno == EPIPE || errno == ECONNRESET) return {}; // the next receive tells
    if (is_shortage(errno))
      return stream.ok() ? send_answer(socket, id, host_error(errno, "pass the socket on")) : Result<void>();
    if (errno != EINTR) return host_error(errno, "answer the vsock device");
  }
  return {};
}

/// Not of what is somebody else's: a directory with something in it stays.
void remove_parent(const std::string& path) {
  rmdir(path.substr(0, path.rfind('/') + 1).c_str());
}

} // namespace

Result<BrokerArguments> parse_broker_arguments(std::span<const char* const> arguments) {
  std::map<std::string_view, std::string_view> given;
  for (std::size_t index = 0; index < arguments.size(); index += 2) {
    const std::string_view option = arguments[index];
    if (option != "--socket" && option != "--path" && option != "--directory")
      return Error{.message = "unknown argument " + std::string(option)};
    if (index + 1 == arguments.size()) return Error{.message = std::string(option) + " lacks its value"};
    if (!given.emplace(option, arguments[index + 1]).second)
      return Error{.message = std::string(option) + " is given twice"};
  }
  for (const std::string_view option : {"--socket", "--path"}) {
    if (!given.contains(option)) return Error{.message = std::string(option) + " is missing"};
  }
  BrokerArguments parsed;
  parsed.path = given["--path"];
  if (parsed.path.empty() || parsed.path.size() > maximum_prefix_bytes)
    return Error{.message = "--path takes 1 to " + std::to_string(maximum_prefix_bytes) + " bytes"};
  const std::string_view directory = given.contains("--directory") ? given["--directory"] : "shared";
  if (directory != "own" && directory != "shared")
    return Error{.message = "--directory takes own or shared, not " + std::string(directory)};
  parsed.owns_directory = directory == "own";
  parsed.socket = TRY(open_descriptor("--socket", given["--socket"]));
  return parsed;
}

Result<void> serve_connections(const BrokerArguments& arguments, int stop) {
  for (;;) {
    ConnectRequest request;
    const ssize_t count = recv(arguments.socket, &request, sizeof request, MSG_TRUNC | MSG_DONTWAIT);
    if (count < 0 && would_block()) {
      std::array<pollfd, 2> requests{{{arguments.socket, POLLIN, 0}, {stop, POLLIN, 0}}};
      if (poll(requests.data(), requests.size(), -1) > 0 && requests[1].revents != 0) return {};
      continue;
    }
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return {};
    if (count < 0) return host_error(errno, "read a request of the vsock device");
    if (count != sizeof request) return Error{.message = "the vsock device sent something that is no request"};
    const std::string path = arguments.path + "_" + std::to_string(request.port);
    TRY(send_answer(arguments.socket, request.id, connect_to(path)));
  }
}

namespace {

Result<void> serve(const BrokerArguments& arguments) {
  const SignalWatch signals = TRY(SignalWatch::create());
  return serve_connections(arguments, signals.descriptor());
}

} // namespace

int run_broker(std::span<const char* const> arguments) {
  const auto parsed = parse_broker_arguments(arguments);
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: broker: %s\n%.*s\n", parsed.error().message.c_str(),
                 static_cast<int>(broker_usage.size()), broker_usage.data());
    return exit_usage;
  }
  const auto served = serve(parsed.value());
  remove_stale_socket(parsed.value().path, end_patience);
  if (parsed.value().owns_directory) remove_parent(parsed.value().path);
  if (served.ok()) return 0;
  std::fprintf(stderr, "volt-vmm: broker: %s\n", served.error().message.c_str());
  return exit_host;
}

} // namespace volt
