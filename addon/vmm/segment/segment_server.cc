// poll(2): there is little to do, and little of it at once.
#include "vmm/segment/segment_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace volt {

namespace {

using Clock = NameService::Clock;

/// A restart of the only machine takes less.
constexpr std::chrono::seconds linger{5};
/// For a launcher to send a line, the whole of it.
constexpr std::chrono::seconds request_patience{2};
/// And to take one.
constexpr timeval answer_patience{.tv_sec = 2, .tv_usec = 0};

/// Without its newline; what is cut short, too long or too slow is no request.
Result<SegmentRequest> receive_request(int stream) {
  const auto deadline = Clock::now() + request_patience;
  std::string line;
  while (line.size() < maximum_segment_request_bytes) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd request{.fd = stream, .events = POLLIN, .revents = 0};
    if (rest <= 0 || poll(&request, 1, static_cast<int>(rest)) == 0) return host_error(ETIMEDOUT, "read a request");
    char byte = 0;
    const ssize_t count = recv(stream, &byte, 1, MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return host_error(count == 0 ? ECONNRESET : errno, "read a request");
    if (byte == '\n') return parse_segment_request(line);
    line.push_back(byte);
  }
  return Error{.message = "the request is too long"};
}

void send_answer(int stream, std::string line, const std::vector<FileDescriptor>& queues = {}) {
  alignas(cmsghdr) std::uint8_t rights[CMSG_SPACE(maximum_segment_queues * sizeof(int))]{};
  iovec vector{line.data(), line.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (!queues.empty()) {
    std::array<int, maximum_segment_queues> numbers{};
    std::ranges::transform(queues, numbers.begin(), &FileDescriptor::get);
    message.msg_control = rights;
    message.msg_controllen = sizeof rights;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(queues.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), numbers.data(), queues.size() * sizeof(int));
    message.msg_controllen = CMSG_SPACE(queues.size() * sizeof(int));
  }
  // A launcher that has gone away wants no answer; its tap vanishes.
  while (sendmsg(stream, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

} // namespace

SegmentServer::SegmentServer(const SegmentArguments& arguments, Bridge bridge, NamespaceOwner owner)
    : listener_(arguments.socket), name_(arguments.name), bridge_(std::move(bridge)), members_(arguments.subnet),
      names_(arguments.dnsmasq, arguments.subnet, owner) {}

Result<std::unique_ptr<SegmentServer>> SegmentServer::create(const SegmentArguments& arguments) {
  if (fcntl(arguments.socket, F_SETFL, O_NONBLOCK) != 0 || fcntl(arguments.socket, F_SETFD, FD_CLOEXEC) != 0)
    return host_error(errno, "use the socket of a private network");
  const NamespaceOwner owner = TRY(enter_network_namespace());
  Bridge bridge = TRY(Bridge::create(arguments.subnet));
  return std::unique_ptr<SegmentServer>(new SegmentServer(arguments, std::move(bridge), owner));
}

Result<void> SegmentServer::serve() {
  for (;;) {
    drop_gone_members();
    if (!members_.empty())
      empty_since_.reset();
    else if (!empty_since_)
      empty_since_ = Clock::now();
    if (members_.empty() && (was_asked_to_end_ || Clock::now() - *empty_since_ >= linger)) return {};
    if (names_.restart_time() && *names_.restart_time() <= Clock::now()) names_.restart();
    TRY(wait());
  }
}

Result<void> SegmentServer::wait() {
  std::array<pollfd, 4> requests{{{.fd = listener_, .events = POLLIN, .revents = 0},
                                  {.fd = bridge_.changes(), .events = POLLIN, .revents = 0},
                                  {.fd = names_.log(), .events = POLLIN, .revents = 0},
                                  {.fd = names_.process(), .events = POLLIN, .revents = 0}}};
  auto until = Clock::time_point::max();
  if (empty_since_) until = *empty_since_ + linger;
  if (names_.restart_time()) until = std::min(until, *names_.restart_time());
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  const int timeout_ms = until == Clock::time_point::max() ? -1 : static_cast<int>(std::max<std::int64_t>(rest, 0));
  if (poll(requests.data(), requests.size(), timeout_ms) < 0 && errno != EINTR)
    return host_error(errno, "wait for requests");
  if (requests[1].revents != 0) bridge_.take_changes();
  if (requests[2].revents != 0) names_.relay_log();
  if (requests[3].revents != 0) names_.take_end();
  if (requests[0].revents != 0) serve_one();
  return {};
}

void SegmentServer::drop_gone_members() {
  for (const std::uint32_t address : members_.remove_if([this](int interface) { return !bridge_.has(interface); }))
    bridge_.remove_host(address);
}

void SegmentServer::serve_one() {
  const FileDescriptor stream(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  if (!stream.valid()) return;
  setsockopt(stream.get(), SOL_SOCKET, SO_SNDTIMEO, &answer_patience, sizeof answer_patience);
  const auto request = receive_request(stream.get());
  if (request.ok())
    answer(stream.get(), request.value());
  else
    send_answer(stream.get(), segment_refusal(request.error()));
}

void SegmentServer::answer(int stream, const SegmentRequest& request) {
  drop_gone_members();
  const auto* const wanted = std::get_if<JoinRequest>(&request);
  if (wanted == nullptr) {
    was_asked_to_end_ = members_.empty();
    const Error busy{.host_errno = EBUSY, .message = "the network has machines"};
    return send_answer(stream, was_asked_to_end_ ? segment_answer() : segment_refusal(busy));
  }
  const auto address = members_.add(*wanted);
  if (!address.ok()) return send_answer(stream, segment_refusal(address.error()));
  const auto tap = join(*wanted, address.value());
  if (tap.ok()) return send_answer(stream, segment_answer(address.value()), tap.value().queues);
  members_.remove(wanted->name);
  bridge_.remove_host(address.value());
  if (!members_.empty()) names_.keep(members_.configuration(name_, Bridge::name));
  send_answer(stream, segment_refusal(tap.error()));
}

Result<Bridge::Tap> SegmentServer::join(const JoinRequest& request, std::uint32_t address) {
  Bridge::Tap tap = TRY(bridge_.add_tap(request.queues, request.mtu));
  members_.attach(request.name, tap.interface);
  TRY(bridge_.add_host(address));
  TRY(names_.use(members_.configuration(name_, Bridge::name)));
  return tap;
}

} // namespace volt
