// connect(2) without waiting.
#include "keeper/port_probe.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <string_view>
#include <sys/epoll.h>

#include "base/unix_socket.h"

namespace volt {

namespace {

using Kind = ReadinessArguments::Kind;

Result<FileDescriptor> connect_tcp(const std::string& address, std::uint16_t port) {
  sockaddr_in four{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  const bool is_four = inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1;
  if (!is_four && inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) != 1)
    return Error{.message = address + " is no address"};
  FileDescriptor stream(socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!stream.valid()) return host_error(errno, "create a socket");
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  const auto* target = is_four ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  const socklen_t size = is_four ? sizeof four : sizeof six;
  if (::connect(stream.get(), target, size) != 0 && errno != EINPROGRESS)
    return host_error(errno, "connect to " + address);
  return stream;
}

} // namespace

void PortProbe::begin() {
  end();
  try_again();
}

void PortProbe::end() {
  loop_.clear(timer_);
  for (const auto& [descriptor, attempt] : attempts_)
    loop_.unwatch(descriptor);
  attempts_.clear();
}

void PortProbe::try_again() {
  const auto now = Loop::Clock::now();
  for (const auto& [descriptor, attempt] : attempts_) {
    if (attempt.is_connected && arguments_.kind == Kind::tcp && now - attempt.begin > patience) return succeed();
  }
  timer_ = loop_.call_at(now + interval, [this] { try_again(); });
  const std::size_t limit = arguments_.kind == Kind::tcp ? maximum_attempts : 1;
  if (attempts_.size() >= limit) return;
  auto socket = connect();
  if (!socket.ok()) return;
  const int descriptor = socket.value().get();
  const auto watched = loop_.watch(descriptor, EPOLLOUT, [this, descriptor](std::uint32_t) { serve(descriptor); });
  if (watched.ok()) attempts_.emplace(descriptor, Attempt{.socket = std::move(socket).value(), .begin = now});
}

Result<FileDescriptor> PortProbe::connect() const {
  if (arguments_.kind == Kind::tcp) return connect_tcp(arguments_.address, static_cast<std::uint16_t>(arguments_.port));
  return connect_unix(arguments_.address, SOCK_NONBLOCK);
}

void PortProbe::serve(int descriptor) {
  const auto verdict = listen(attempts_.at(descriptor));
  if (!verdict) return loop_.change(descriptor, EPOLLIN);
  if (*verdict) return succeed();
  loop_.unwatch(descriptor);
  attempts_.erase(descriptor);
}

std::optional<bool> PortProbe::listen(Attempt& attempt) const {
  const int socket = attempt.socket.get();
  if (!std::exchange(attempt.is_connected, true)) {
    int failure = 0;
    socklen_t size = sizeof failure;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0) return false;
    if (arguments_.kind == Kind::tcp) {
      shutdown(socket, SHUT_WR);
      return std::nullopt;
    }
    const std::string request = "CONNECT " + std::to_string(arguments_.port) + "\n";
    if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) != std::ssize(request)) return false;
    return std::nullopt;
  }
  std::array<char, 3> answer{};
  const ssize_t count = recv(socket, answer.data(), answer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (arguments_.kind == Kind::tcp) return count >= 0;
  return count == 3 && std::string_view(answer.data(), 3) == "OK ";
}

void PortProbe::succeed() {
  end();
  found_();
}

} // namespace volt
