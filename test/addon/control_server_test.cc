// The control socket with clients that behave and clients that do not.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "vmm/control_desk.h"
#include "vmm/control_server.h"

namespace volt::test {

namespace {

struct Bench {
  explicit Bench(ControlServer::Answer answer) : server(std::move(answer)) {
    address.sun_family = AF_UNIX; // an abstract name of this test's own
    const std::string name = "volt-control-test-" + std::to_string(getpid());
    name.copy(address.sun_path + 1, sizeof address.sun_path - 2);
    REQUIRE(bind(listener.get(), generic(), sizeof address) == 0);
    REQUIRE(listen(listener.get(), 64) == 0);
    REQUIRE(server.start(listener.get()).ok());
  }
  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&address); }
  [[nodiscard]] FileDescriptor client() const {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(socket.get(), generic(), sizeof address) == 0);
    return socket;
  }

  sockaddr_un address{};
  FileDescriptor listener{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ControlServer server;
};

void say(const FileDescriptor& socket, std::string_view text) {
  REQUIRE(send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

bool is_readable(const FileDescriptor& socket, int patience_ms) {
  pollfd request{socket.get(), POLLIN, 0};
  return poll(&request, 1, patience_ms) == 1;
}

/// What comes until there are so many lines, or the end.
std::string hear(const FileDescriptor& socket, int lines = 1) {
  std::string heard;
  char letter = 0;
  while (lines > 0 && is_readable(socket, 10'000) && recv(socket.get(), &letter, 1, 0) == 1) {
    heard += letter;
    if (letter == '\n') --lines;
  }
  return heard;
}

std::string echo(std::string_view line) {
  return "<" + std::string(line) + ">";
}

} // namespace

TEST_SUITE("vmm/control_server") {
  TEST_CASE("each line is answered in order, however it comes in pieces") {
    const Bench bench(echo);
    const FileDescriptor client = bench.client();
    say(client, "one\ntw");
    say(client, "o\n\n");
    CHECK(hear(client, 3) == "<one>\n<two>\n<>\n");
    say(client, std::string(ControlServer::maximum_line_bytes, 'x') + "\n");
    CHECK(hear(client).size() == ControlServer::maximum_line_bytes + 3);
    const FileDescriptor other = bench.client();
    say(other, "other\n");
    CHECK(hear(other) == "<other>\n");
  }

  TEST_CASE("a line that is too long is answered with an error, and the connection ends") {
    const Bench bench(echo);
    for (const char* end : {"", "\n"}) {
      const FileDescriptor client = bench.client();
      say(client, std::string(ControlServer::maximum_line_bytes + 1, 'x') + end);
      const std::string heard = hear(client, 2);
      CHECK(heard.find("REQUEST_INVALID") != std::string::npos);
      CHECK(heard.ends_with("\n"));
    }
  }

  TEST_CASE("who does not read keeps nobody waiting, and gets all of it in the end") {
    const Bench bench([](std::string_view) { return std::string(200'000, 'a'); });
    const FileDescriptor deaf = bench.client();
    say(deaf, "1\n2\n3\n");
    const FileDescriptor client = bench.client();
    say(client, "1\n");
    CHECK(hear(client).size() == 200'001);
    CHECK(hear(deaf, 3).size() == 3 * 200'001);
  }

  TEST_CASE("who leaves in the middle is forgotten") {
    const Bench bench([](std::string_view) { return std::string(200'000, 'a'); });
    for (int turn = 0; turn < 100; ++turn) {
      const FileDescriptor client = bench.client();
      say(client, turn % 2 == 0 ? "half a li" : "1\n2\n3\n");
    }
    const FileDescriptor client = bench.client();
    say(client, "1\n");
    CHECK(hear(client).size() == 200'001);
  }

  TEST_CASE("connections beyond the most wait until one is closed") {
    const Bench bench(echo);
    std::vector<FileDescriptor> clients;
    for (std::size_t count = 0; count < ControlServer::maximum_connections; ++count) {
      clients.push_back(bench.client());
      say(clients.back(), "here\n");
      CHECK(hear(clients.back()) == "<here>\n");
    }
    const FileDescriptor late = bench.client();
    say(late, "late\n");
    CHECK(!is_readable(late, 50));
    clients.pop_back();
    CHECK(hear(late) == "<late>\n");
  }

  TEST_CASE("what does not listen is refused") {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ControlServer server(echo);
    CHECK(!server.start(socket.get()).ok());
  }
}

TEST_SUITE("vmm/control_desk") {
  TEST_CASE("without a machine only what is wrong with a request is said") {
    ControlDesk desk;
    CHECK(desk.answer("{").find(R"("ok":false,"code":"REQUEST_INVALID")") != std::string::npos);
    CHECK(desk.answer(R"({"request":"inspect"})").find(R"("ok":false,"code":"NOT_RUNNING")") != std::string::npos);
    CHECK(desk.answer("\xff\n").find('\n') == std::string::npos);
  }
}

} // namespace volt::test
