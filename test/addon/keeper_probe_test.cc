// Ports of a guest, tried until a program answers there.
#include <doctest/doctest.h>

#include <array>
#include <netinet/in.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unix_socket.h"
#include "keeper/readiness.h"

using namespace volt;

namespace {

using std::chrono::milliseconds;

/// A TCP listener of the loopback address, and its port.
struct Listener {
  FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port = 0;

  Listener() {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    // SAFETY: the sockets interface takes every kind of address as a sockaddr.
    auto* target = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(socket.get(), target, size) == 0);
    REQUIRE(getsockname(socket.get(), target, &size) == 0);
    REQUIRE(listen(socket.get(), 8) == 0);
    port = ntohs(address.sin_port);
  }
};

/// What is decided within two seconds; the server does as told with each connection.
template <typename Serve>
std::optional<bool> verdict(const ReadinessArguments& arguments, int listener, const Serve& serve) {
  Loop loop = Loop::create().value();
  std::optional<bool> decided;
  auto readiness = Readiness::create(loop, arguments, [&](bool is_ready) {
    decided = is_ready;
    loop.stop();
  });
  REQUIRE(readiness.ok());
  std::vector<FileDescriptor> open;
  REQUIRE(
      loop.watch(listener, EPOLLIN,
                 [&](std::uint32_t) { serve(open.emplace_back(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC))); })
          .ok());
  loop.call_at(Loop::Clock::now() + milliseconds(2000), [&] { loop.stop(); });
  readiness.value()->begin();
  REQUIRE(loop.run().ok());
  return decided;
}

ReadinessArguments tcp(std::uint16_t port, milliseconds timeout = milliseconds(5000)) {
  return {.kind = ReadinessArguments::Kind::tcp, .port = port, .address = "127.0.0.1", .timeout = timeout};
}

void reset(FileDescriptor& connection) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  connection = FileDescriptor();
}

} // namespace

TEST_SUITE("keeper/probe") {
  TEST_CASE("a server that ends its connection in order, or speaks first, is there") {
    const Listener listener;
    CHECK(verdict(tcp(listener.port), listener.socket.get(),
                  [](FileDescriptor& connection) { connection = FileDescriptor(); }) == true);
    CHECK(verdict(tcp(listener.port), listener.socket.get(),
                  [](FileDescriptor& connection) { CHECK(send(connection.get(), "220", 3, 0) == 3); }) == true);
  }

  TEST_CASE("one that resets, as passt does for a guest that refuses, is not, until it does no more") {
    const Listener listener;
    CHECK(verdict(tcp(listener.port), listener.socket.get(), reset) == std::nullopt);
    int refusals = 2;
    CHECK(verdict(tcp(listener.port), listener.socket.get(), [&](FileDescriptor& connection) {
            if (refusals-- > 0)
              reset(connection);
            else
              connection = FileDescriptor();
          }) == true);
  }

  TEST_CASE("silence is no answer, and the time runs out") {
    const Listener listener;
    CHECK(verdict(tcp(listener.port), listener.socket.get(), [](FileDescriptor&) {}) == std::nullopt);
    CHECK(verdict(tcp(listener.port, milliseconds(100)), listener.socket.get(), [](FileDescriptor&) {}) == false);
  }

  TEST_CASE("a vsock port is there when the device says OK") {
    std::string path = "/tmp/volt-probe-" + std::to_string(getpid());
    const FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = unix_address(path);
    // SAFETY: the sockets interface takes every kind of address as a sockaddr.
    REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener.get(), 8) == 0);
    const ReadinessArguments arguments{.kind = ReadinessArguments::Kind::vsock, .port = 52, .address = path};
    int refusals = 1;
    FileDescriptor asked;
    CHECK(verdict(arguments, listener.get(), [&](FileDescriptor& connection) {
            if (refusals-- > 0) return void(connection = FileDescriptor());
            CHECK(send(connection.get(), "OK 1073741824\n", 14, 0) == 14);
            asked = FileDescriptor::duplicate(connection.get()).value();
          }) == true);
    std::array<char, 64> line{};
    const ssize_t count = recv(asked.get(), line.data(), line.size(), MSG_DONTWAIT);
    CHECK(std::string_view(line.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))) == "CONNECT 52\n");
    unlink(path.c_str());
  }
}
