// The console as a keeper has it: its log, its readers, and the line that says that a guest is ready.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unix_socket.h"
#include "keeper/console_hub.h"
#include "keeper/console_log.h"
#include "keeper/console_matcher.h"

using namespace volt;

namespace {

struct Directory {
  std::string path = "/tmp/volt-keeper-XXXXXX";
  FileDescriptor descriptor;

  Directory() {
    REQUIRE(mkdtemp(path.data()) != nullptr);
    descriptor = FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~Directory() {
    for (const char* name : {"/console.log", "/console.log.1", "/s"})
      unlink((path + name).c_str());
    rmdir(path.c_str());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] std::string read(const char* name) const {
    const std::ifstream file(path + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
};

FileDescriptor listen_at(const std::string& path) {
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = unix_address(path);
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener.get(), 8) == 0);
  return listener;
}

std::string take(const FileDescriptor& stream) {
  std::array<char, 4096> bytes{};
  const ssize_t count = recv(stream.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

/// Lets the loop serve what is there.
void turn(Loop& loop) {
  loop.call_at(Loop::Clock::now() + std::chrono::milliseconds(30), [&loop] { loop.stop(); });
  REQUIRE(loop.run().ok());
}

} // namespace

TEST_SUITE("keeper/console") {
  TEST_CASE("a log that would pass its size is put aside, and the one before it is gone") {
    const Directory directory;
    ConsoleLog log(directory.descriptor.get(), 8);
    REQUIRE(log.start().ok());
    for (const std::string text : {"first-", "second", "third"})
      CHECK(log.write(text) == 0);
    CHECK(directory.read("console.log") == "third");
    CHECK(directory.read("console.log.1") == "second");
    struct stat status {};
    REQUIRE(fstatat(directory.descriptor.get(), "console.log", &status, 0) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }

  TEST_CASE("a log begins anew, and a link in its place is not followed") {
    const Directory directory;
    std::ofstream(directory.path + "/console.log.1") << "of an earlier run";
    REQUIRE(symlinkat("/etc/hostname", directory.descriptor.get(), "console.log") == 0);
    ConsoleLog log(directory.descriptor.get(), 8);
    REQUIRE(log.start().ok());
    CHECK(log.write(std::string("fresh")) == 0);
    CHECK(directory.read("console.log") == "fresh");
    CHECK(access((directory.path + "/console.log.1").c_str(), F_OK) != 0);
  }

  TEST_CASE("every reader gets all, and what any of them types goes to the guest") {
    const Directory directory;
    const FileDescriptor listener = listen_at(directory.path + "/s");
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const FileDescriptor ours(ends[0]);
    const FileDescriptor machine(ends[1]);
    const auto one = connect_unix(directory.path + "/s");
    const auto other = connect_unix(directory.path + "/s");
    REQUIRE(one.ok());
    REQUIRE(other.ok());
    Loop loop = Loop::create().value();
    ConsoleHub hub(loop);
    REQUIRE(hub.start(listener.get()).ok());
    hub.connect(ours.get());
    hub.output(std::string("hello"));
    CHECK(take(one.value()) == "hello");
    CHECK(take(other.value()) == "hello");
    REQUIRE(send(one.value().get(), "a", 1, 0) == 1);
    REQUIRE(shutdown(one.value().get(), SHUT_WR) == 0);
    REQUIRE(send(other.value().get(), "b", 1, 0) == 1);
    turn(loop);
    const std::string typed = take(machine);
    CHECK(typed.size() == 2);
    CHECK(typed.find('a') != std::string::npos);
    CHECK(typed.find('b') != std::string::npos);
    hub.output(std::string("still"));
    CHECK(take(one.value()) == "still"); // it ended its input only
  }

  TEST_CASE("a reader who does not read is dropped, and the others go on") {
    const Directory directory;
    const FileDescriptor listener = listen_at(directory.path + "/s");
    const auto lazy = connect_unix(directory.path + "/s");
    const auto busy = connect_unix(directory.path + "/s");
    Loop loop = Loop::create().value();
    ConsoleHub hub(loop);
    REQUIRE(hub.start(listener.get()).ok());
    const std::string chunk(4096, 'x');
    std::size_t heard = 0;
    for (int round = 0; round < 1000; ++round) {
      hub.output(chunk);
      heard += take(busy.value()).size();
    }
    CHECK(heard == 1000 * chunk.size());
    std::size_t kept = 0;
    for (std::string text = take(lazy.value()); !text.empty(); text = take(lazy.value()))
      kept += text.size();
    CHECK(kept < heard);
    char end = 0;
    CHECK(recv(lazy.value().get(), &end, 1, MSG_DONTWAIT) == 0);
  }

  TEST_CASE("a pattern is found in a line, across chunks and in a prompt without an end") {
    auto matcher = ConsoleMatcher::create("(login|host): *$").value();
    CHECK_FALSE(matcher.hear(std::string("booting\r\nlog")));
    CHECK_FALSE(matcher.hear(std::string("in is not: yet\n")));
    CHECK_FALSE(matcher.hear(std::string("web log")));
    CHECK(matcher.hear(std::string("in: ")));
    CHECK(matcher.hear(std::string("more")));
    matcher.begin();
    CHECK_FALSE(matcher.hear(std::string("more")));
  }

  TEST_CASE("NUL bytes and a line without an end hide no pattern") {
    auto matcher = ConsoleMatcher::create("READY").value();
    CHECK_FALSE(matcher.hear(std::string(100'000, '.')));
    CHECK(matcher.hear(std::string("\0\0READY", 7)));
  }

  TEST_CASE("what is no pattern is said") {
    const auto matcher = ConsoleMatcher::create("a(b");
    REQUIRE_FALSE(matcher.ok());
    for (const char* pattern : {"(a|b)\\1", "(x+)(y)\\\\(z)\\3"}) {
      const auto refused = ConsoleMatcher::create(pattern);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().message.find("has a back-reference") != std::string::npos);
    }
    CHECK(ConsoleMatcher::create(R"(C:\\1\(2\)$)").ok());
    CHECK(matcher.error().message.find("'a(b' is no extended regular expression") != std::string::npos);
  }
}
