// What a stream is left in for whoever has the socket next: a machine that boots again.
#include <array>
#include <doctest/doctest.h>
#include <thread>

#include "devices/virtio/stream_port.h"
#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

/// Receives until nothing is there; the frames.
std::vector<Bytes> drain(StreamPort& port) {
  std::vector<Bytes> frames;
  const ReceiveBuffers none;
  Arrival arrival;
  while (port.receive(none, arrival) == PortStatus::ready) {
    frames.emplace_back(arrival.rest.begin(), arrival.rest.end());
    port.release();
  }
  return frames;
}

void write_all(const FileDescriptor& socket, const Bytes& bytes) {
  REQUIRE(send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

FileDescriptor copy_of(const FileDescriptor& socket) {
  auto copy = FileDescriptor::duplicate(socket.get());
  REQUIRE(copy.ok());
  return std::move(copy).value();
}

} // namespace

TEST_SUITE("devices/virtio/stream_port") {
  TEST_CASE("the rest of a frame that is coming in is waited for, and the next port begins with the next frame") {
    SocketPair pair(SOCK_STREAM);
    const Bytes first = with_length(make_frame(100));
    const Bytes second = with_length(make_frame(60, 2));
    const std::ptrdiff_t cut = 30;
    write_all(pair.test, Bytes(first.begin(), first.begin() + cut));
    std::thread writer;
    {
      StreamPort port(copy_of(pair.device));
      CHECK(drain(port).empty());
      writer = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        Bytes rest(first.begin() + cut, first.end());
        rest.insert(rest.end(), second.begin(), second.end());
        write_all(pair.test, rest);
      });
    }
    writer.join();
    StreamPort next(std::move(pair.device));
    CHECK(drain(next) == std::vector<Bytes>{make_frame(60, 2)});
  }

  TEST_CASE("whole frames that were received and not taken are lost, and no more") {
    SocketPair pair(SOCK_STREAM);
    {
      StreamPort port(copy_of(pair.device));
      write_all(pair.test, with_length(make_frame(60)));
      write_all(pair.test, with_length(make_frame(70)));
      Arrival arrival;
      CHECK(port.receive({}, arrival) == PortStatus::ready);
    }
    write_all(pair.test, with_length(make_frame(80)));
    StreamPort next(std::move(pair.device));
    CHECK(drain(next) == std::vector<Bytes>{make_frame(80)});
  }

  TEST_CASE("a frame that was given up half sent is sent to its end by a port that ends") {
    SocketPair pair(SOCK_STREAM);
    Bytes memory = make_frame(60000);
    OutgoingFrame frame;
    std::ranges::copy(std::span(memory).first(frame.ethernet.size()), frame.ethernet.begin());
    frame.rest.append(std::span(memory).subspan(frame.ethernet.size()));
    const std::vector<OutgoingFrame> frames(20, frame);
    Bytes received;
    std::thread reader;
    {
      StreamPort port(copy_of(pair.device));
      const NetPort::Sent sent = port.send(frames);
      REQUIRE(sent.status == PortStatus::blocked);
      port.give_up(frames[sent.frames]);
      std::ranges::fill(memory, std::uint8_t{0});
      reader = std::thread([&] {
        for (int round = 0; round < 200; ++round) {
          const Bytes part = take_message(pair.test.get());
          received.insert(received.end(), part.begin(), part.end());
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
      });
    }
    reader.join();
    const Bytes whole = with_length(make_frame(60000));
    REQUIRE(received.size() % whole.size() == 0);
    CHECK(std::equal(whole.begin(), whole.end(), received.end() - static_cast<std::ptrdiff_t>(whole.size())));
  }

  TEST_CASE("a connection that cannot be brought to a frame's end is ended") {
    for (const Bytes& stuck : {Bytes{0, 0}, Bytes{0, 0, 0, 60, 1, 2, 3}, Bytes{0, 0, 0, 0}, Bytes(8, 0xff)}) {
      SocketPair pair(SOCK_STREAM);
      write_all(pair.test, stuck);
      {
        StreamPort port(copy_of(pair.device));
        CHECK(drain(port).empty());
      }
      std::array<char, 1> byte{};
      CHECK(recv(pair.test.get(), byte.data(), byte.size(), MSG_DONTWAIT) == 0);
    }
  }

  TEST_CASE("only a connected Unix stream socket will do") {
    CHECK(StreamBackend::create(SocketPair(SOCK_STREAM).device).ok());
    CHECK(StreamBackend::create(SocketPair(SOCK_SEQPACKET).device).error().host_errno == EPROTOTYPE);
    CHECK(StreamBackend::create(FileDescriptor(socket(AF_UNIX, SOCK_STREAM, 0))).error().host_errno == ENOTCONN);
    CHECK(StreamBackend::create(FileDescriptor(socket(AF_INET, SOCK_STREAM, 0))).error().host_errno == ENOTCONN);
    auto counter = FileDescriptor::event_counter();
    REQUIRE(counter.ok());
    const auto refused = StreamBackend::create(std::move(counter).value());
    CHECK(refused.error().host_errno == ENOTSOCK);
    CHECK(!refused.error().hint.empty());
  }
}

} // namespace volt::test
