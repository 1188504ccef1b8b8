// The sockets between helpers and machines, and what is heard of a helper that starts.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "keeper/back_end_question.h"
#include "keeper/helper_socket.h"
#include "keeper/helper_words.h"

using namespace volt;

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader = FileDescriptor(ends[0]);
    writer = FileDescriptor(ends[1]);
  }
  void say(std::string_view text) const { REQUIRE(write(writer.get(), text.data(), text.size()) == std::ssize(text)); }

  FileDescriptor reader;
  FileDescriptor writer;
};

std::string sentence_of(std::string_view text) {
  BoundedLog log(-1);
  HelperWords words(log);
  Pipe pipe;
  pipe.say(text);
  pipe.writer = FileDescriptor();
  words.hear_rest(pipe.reader, HelperWords::Clock::now() + std::chrono::seconds(1));
  return words.sentence();
}

bool is_back_end(std::string_view answer) {
  HelperSocket pair = socket_pair(SOCK_STREAM).value();
  BackEndQuestion question(pair.machine.get());
  std::array<std::uint32_t, 3> asked{};
  REQUIRE(read(pair.helper.get(), asked.data(), sizeof asked) == sizeof asked);
  CHECK(asked == std::array<std::uint32_t, 3>{1, 1, 0});
  REQUIRE(write(pair.helper.get(), answer.data(), answer.size()) == std::ssize(answer));
  pair.helper = FileDescriptor();
  while (!question.is_over())
    question.read_some();
  return question.is_answered();
}

} // namespace

TEST_SUITE("keeper/helpers") {
  TEST_CASE("a stream has room for many frames that passt has sent and the guest has not taken") {
    const HelperSocket pair = socket_pair(SOCK_STREAM).value();
    // More than the kernel's default has room for, and less than any user may ask for.
    const std::vector<char> bytes(std::size_t{320} * 1024);
    std::size_t sent = 0;
    for (ssize_t count = 1; sent < bytes.size() && count > 0; sent += static_cast<std::size_t>(count))
      count = send(pair.helper.get(), bytes.data() + sent, std::min<std::size_t>(bytes.size() - sent, 16384),
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    CHECK(sent == bytes.size());
  }

  TEST_CASE("a listening end has one connection that waits, and no name") {
    const HelperSocket pair = listening_pair().value();
    const FileDescriptor accepted(accept(pair.helper.get(), nullptr, nullptr));
    REQUIRE(accepted.valid());
    REQUIRE(write(accepted.get(), "x", 1) == 1);
    char byte = 0;
    CHECK(read(pair.machine.get(), &byte, 1) == 1);
    sockaddr_un address{};
    socklen_t size = sizeof address;
    // SAFETY: the sockets interface takes every kind of address as a sockaddr.
    REQUIRE(getsockname(pair.helper.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    CHECK(access(address.sun_path, F_OK) != 0);
  }

  TEST_CASE("a back end is known by its answer, in any pieces") {
    const std::string header = std::string("\1\0\0\0\5\0\0\0\10\0\0\0", 12);
    CHECK(is_back_end(header + std::string(8, '\x7f')));
    CHECK_FALSE(is_back_end(header));
    CHECK_FALSE(is_back_end("SSH-2.0-OpenSSH_9.2p1 Debian"));
    CHECK_FALSE(is_back_end(""));
  }

  TEST_CASE("the words of a helper are one sentence, without what it says in any case") {
    CHECK(sentence_of("") == "it was silent");
    CHECK(sentence_of("Don't run as root. Changing to nobody...\n\n  first \nsecond\n") == "first; second");
    CHECK(sentence_of(std::string(3000, 'x')).size() == HelperWords::shown_bytes);
  }

  TEST_CASE("who waits for a helper hears it meanwhile, and waits no longer than asked") {
    auto signals = SignalWatch::create();
    REQUIRE(signals.ok());
    const FileDescriptor file(memfd_create("log", MFD_CLOEXEC));
    BoundedLog log(file.get());
    HelperWords words(log);
    const Pipe output;
    const Pipe sign;
    output.say("starting\n");
    const auto late = words.hear_until(sign.reader.get(), output.reader, signals.value(),
                                       HelperWords::Clock::now() + std::chrono::milliseconds(20));
    REQUIRE(late.ok());
    CHECK_FALSE(late.value());
    CHECK(words.sentence() == "starting");
    CHECK(lseek(file.get(), 0, SEEK_END) == 9);
    sign.say("x");
    const auto ready = words.hear_until(sign.reader.get(), output.reader, signals.value(),
                                        HelperWords::Clock::now() + std::chrono::seconds(10));
    REQUIRE(ready.ok());
    CHECK(ready.value());
  }
}
