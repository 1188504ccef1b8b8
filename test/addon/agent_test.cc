// The agent's frames, requests and sessions, with clients that are hostile; a session is a process, as in the agent.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/frame.h"
#include "agent/request.h"
#include "agent/session.h"

namespace volt::test {

using agent::Frame;
using agent::FrameReader;
using agent::Kind;
using agent::Request;

namespace {

using Bytes = std::vector<std::uint8_t>;

Frame frame(Kind kind, std::string_view payload) {
  return {.kind = kind, .payload = {payload.begin(), payload.end()}};
}

void say(Bytes& bytes, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    agent::append_frame(bytes, Kind::argument, word);
  agent::append_frame(bytes, Kind::run, "");
}

struct Ended {
  std::vector<Frame> frames;
  int status = 0;

  [[nodiscard]] std::string text(Kind kind) const {
    std::string all;
    for (const Frame& each : frames) {
      if (each.kind == kind) all.append(each.payload.begin(), each.payload.end());
    }
    return all;
  }
};

/// Sends `said` to a session, closes where `leaves`, else reads to the end.
Ended converse(const Bytes& said, bool leaves = false) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  FileDescriptor client(ends[0]);
  FileDescriptor served(ends[1]);
  // What the report has in a buffer is not written by both: TSan's end of a process flushes.
  std::fflush(nullptr);
  const pid_t session = fork();
  REQUIRE(session >= 0);
  if (session == 0) {
    client = FileDescriptor();
    agent::serve_client(std::move(served));
    _exit(0);
  }
  served = FileDescriptor();
  std::size_t sent = 0;
  Ended ended;
  FrameReader reader;
  while (!leaves) {
    if (sent < said.size()) {
      const ssize_t count = send(client.get(), said.data() + sent, said.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      sent = count > 0 ? sent + static_cast<std::size_t>(count) : errno == EAGAIN ? sent : said.size();
    }
    Bytes chunk(4096);
    const ssize_t count = recv(client.get(), chunk.data(), chunk.size(), 0);
    if (count <= 0) break;
    reader.take(std::span(chunk).first(static_cast<std::size_t>(count)));
    for (auto next = reader.next(); next.ok() && next.value(); next = reader.next())
      ended.frames.push_back(*next.value());
  }
  if (leaves) CHECK(send(client.get(), said.data(), said.size(), MSG_NOSIGNAL) == std::ssize(said));
  client = FileDescriptor();
  REQUIRE(waitpid(session, &ended.status, 0) == session);
  return ended;
}

} // namespace

TEST_SUITE_BEGIN("agent/frame");

TEST_CASE("frames come whole however the stream is cut") {
  Bytes bytes;
  agent::append_frame(bytes, Kind::input, "abc");
  agent::append_frame(bytes, Kind::input_end, "");
  FrameReader reader;
  std::vector<Frame> frames;
  for (const std::uint8_t byte : bytes) {
    reader.take(std::span(&byte, 1));
    if (auto next = reader.next().value()) frames.push_back(*next);
  }
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].kind == Kind::input);
  CHECK(frames[0].payload == Bytes{'a', 'b', 'c'});
  CHECK(frames[1].payload.empty());
  reader.take(bytes);
  CHECK(reader.next().value()->kind == Kind::input);
  CHECK(reader.next().value()->kind == Kind::input_end);
  CHECK_FALSE(reader.next().value());
}

TEST_CASE("a length above the maximum is an error before any of it is kept") {
  FrameReader reader;
  reader.take(Bytes{6, 1, 0, 1, 0});
  CHECK(reader.next().error().host_errno == EPROTO);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("agent/request");

TEST_CASE("a request holds what was said") {
  Request request;
  CHECK(request.add(frame(Kind::argument, "ls")).ok());
  CHECK(request.add(frame(Kind::argument, "")).ok());
  CHECK(request.add(frame(Kind::variable, "A=")).ok());
  CHECK(request.add(frame(Kind::directory, "/tmp")).ok());
  CHECK(request.add({.kind = Kind::terminal, .payload = {80, 0, 0, 1}}).ok());
  CHECK(request.arguments == std::vector<std::string>{"ls", ""});
  CHECK(request.variables == std::vector<std::string>{"A="});
  CHECK(request.terminal->columns == 80);
  CHECK(request.terminal->rows == 256);
}

TEST_CASE("what has no place in a request is refused") {
  using namespace std::string_view_literals;
  Request request;
  for (const auto& [kind, payload] : {std::pair{Kind::argument, "a\0b"sv},
                                      {Kind::variable, "novalue"sv},
                                      {Kind::variable, "=x"sv},
                                      {Kind::terminal, "123"sv},
                                      {Kind::input, ""sv},
                                      {Kind::hello, ""sv},
                                      {static_cast<Kind>(0), ""sv}}) {
    CHECK(request.add(frame(kind, payload)).error().host_errno == EPROTO);
  }
}

TEST_CASE("many small arguments are too much as well as a few large ones") {
  Request request;
  std::size_t taken = 0;
  while (request.add(frame(Kind::argument, "")).ok())
    taken++;
  CHECK(taken == 16384);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("agent/session");

TEST_CASE("a command's streams and its exit code") {
  Bytes said;
  say(said, {"sh", "-c", "cat; echo err >&2; exit 3"});
  agent::append_frame(said, Kind::input, "in");
  agent::append_frame(said, Kind::input_end, "");
  const Ended ended = converse(said);
  CHECK(ended.status == 0);
  CHECK(ended.frames.front().kind == Kind::hello);
  CHECK(ended.text(Kind::output) == "in");
  CHECK(ended.text(Kind::error_output) == "err\n");
  CHECK(ended.frames.back().kind == Kind::exited);
  CHECK(ended.frames.back().payload == Bytes{3});
}

TEST_CASE("a command that a signal ends, one that cannot run, and one on a terminal") {
  Bytes killed;
  say(killed, {"sh", "-c", "kill -9 $$"});
  CHECK(converse(killed).text(Kind::killed) == "\x09");
  Bytes missing;
  say(missing, {"/no/such/command"});
  CHECK(converse(missing).frames.back().kind == Kind::failed);
  Bytes size;
  agent::append_u16(size, 70);
  agent::append_u16(size, 20);
  Bytes terminal;
  agent::append_frame(terminal, Kind::terminal, size);
  say(terminal, {"sh", "-c", "stty size; cat"});
  agent::append_frame(terminal, Kind::input_end, "");
  const Ended ended = converse(terminal);
  CHECK(ended.text(Kind::output) == "20 70\r\n");
  CHECK(ended.text(Kind::exited) == std::string(1, '\0'));
}

TEST_CASE("a client that leaves at any byte ends its session") {
  Bytes said;
  say(said, {"sleep", "100"});
  agent::append_frame(said, Kind::input, "x");
  agent::append_frame(said, Kind::signal, "\x0f");
  for (std::size_t length = 0; length <= said.size(); length++)
    CHECK(converse(Bytes(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(length)), true).status == 0);
}

TEST_CASE("every kind of frame before and behind a command's start, with payloads that are none, is answered") {
  for (unsigned kind = 0; kind < 256; kind++) {
    for (const std::string_view payload : {"", "\xff", "12345"}) {
      if (static_cast<Kind>(kind) == Kind::signal && payload == "\xff") continue;
      Bytes early;
      agent::append_frame(early, static_cast<Kind>(kind), payload);
      agent::append_frame(early, static_cast<Kind>(99), "");
      CHECK(converse(early).frames.back().kind == Kind::failed);
      Bytes late;
      say(late, {"sleep", "100"});
      late.insert(late.end(), early.begin(), early.end());
      const Ended ended = converse(late);
      CHECK(ended.status == 0);
      CHECK(ended.frames.back().kind == Kind::failed);
    }
  }
}

TEST_SUITE_END();

} // namespace volt::test
