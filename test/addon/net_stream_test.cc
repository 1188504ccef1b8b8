// The network device on a stream socket.
#include <chrono>
#include <doctest/doctest.h>
#include <unistd.h>

#include "devices/virtio/net_features.h"
#include "devices/virtio/stream_frames.h"
#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

void append(Bytes& all, const Bytes& more) {
  all.insert(all.end(), more.begin(), more.end());
}

Bytes number(std::uint32_t length) {
  const FrameLength bytes = length_before(length);
  return {bytes.begin(), bytes.end()};
}

virtio_net_hdr_v1 one_buffer() {
  virtio_net_hdr_v1 header{};
  header.num_buffers = 1;
  return header;
}

} // namespace

TEST_SUITE("devices/virtio/net_stream") {
  TEST_CASE("a stream has no offloads, whatever the options say") {
    StreamBench bench;
    CHECK((bench.net.driver.offered_features() & (host_offloads | guest_offloads)) == 0);
    CHECK(bench.net.device().queue_count() == 3);
  }

  TEST_CASE("frames go out behind their lengths, without a virtio header") {
    StreamBench bench;
    bench.start(256);
    Bytes expected;
    for (std::size_t index = 0; index < 150; ++index) {
      const Bytes frame = make_frame(14 + index * 10, static_cast<std::uint8_t>(index));
      append(expected, with_length(frame));
      bench.net.offer_frame(with_header(frame));
    }
    bench.net.driver.notify(1);
    CHECK(bench.read() == expected);
    for (int count = 0; count < 150; ++count)
      CHECK(bench.net.driver.take_used(1));
    CHECK(bench.net.device().net_counters().frames_from_guest == 150);
  }

  TEST_CASE("a frame in more pieces than one call takes goes out whole, and so does the one behind it") {
    StreamBench bench;
    bench.start();
    const Bytes message = with_header(make_frame(2000));
    bench.net.driver.fill(data_address, message);
    std::vector<Buffer> pieces;
    for (std::uint32_t at = 0; at < 1023; ++at)
      pieces.push_back({data_address + at, 1});
    pieces.push_back({data_address + 1023, static_cast<std::uint32_t>(message.size() - 1023)});
    bench.net.driver.add_indirect(1, 0x400000, pieces, {});
    bench.net.driver.add_indirect(1, 0x410000, pieces, {});
    bench.net.driver.notify(1);
    Bytes expected = with_length(make_frame(2000));
    append(expected, expected);
    CHECK(bench.read() == expected);
  }

  TEST_CASE("a socket that is full makes the driver wait; nothing is lost or mixed up") {
    StreamBench bench;
    bench.start(256);
    Bytes expected;
    for (std::size_t index = 0; index < 256; ++index) {
      const Bytes frame = make_frame(1000 + index * 13, static_cast<std::uint8_t>(index));
      append(expected, with_length(frame));
      bench.net.offer_frame(with_header(frame));
    }
    bench.net.driver.notify(1);
    CHECK(bench.net.device().net_counters().frames_from_guest < 256);
    CHECK(bench.net.device().state().pairs[0].transmit_heads.size() <= NetTransmitter::batch_frames);
    Bytes received;
    for (int round = 0; round < 1000 && received.size() < expected.size(); ++round) {
      Bytes part(777);
      const ssize_t count = read(bench.far_end.get(), part.data(), part.size());
      if (count > 0) append(received, Bytes(part.begin(), part.begin() + count));
      bench.net.turn();
    }
    CHECK(received == expected);
    CHECK(bench.net.device().net_counters().frames_from_guest == 256);
  }

  TEST_CASE("a reset in the middle of a frame leaves the stream at a frame's end") {
    StreamBench bench;
    bench.start(256);
    for (std::size_t index = 0; index < 256; ++index)
      bench.net.offer_frame(with_header(make_frame(3001, static_cast<std::uint8_t>(index))));
    bench.net.driver.notify(1);
    const std::uint64_t sent = bench.net.device().net_counters().frames_from_guest;
    REQUIRE(sent < 256);
    bench.start();
    bench.net.driver.fill(data_address, Bytes(0x100000)); // the driver uses its memory for something else
    Bytes received = bench.read();
    bench.net.send(with_header(make_frame(60)));
    append(received, bench.read());
    Bytes expected;
    for (std::size_t index = 0; index < sent; ++index)
      append(expected, with_length(make_frame(3001, static_cast<std::uint8_t>(index))));
    REQUIRE(received.size() > expected.size());
    if (received.size() > expected.size() + 64) // one was half sent
      append(expected, with_length(make_frame(3001, static_cast<std::uint8_t>(sent))));
    append(expected, with_length(make_frame(60)));
    CHECK(received == expected);
  }

  TEST_CASE("frames come in however the stream is cut") {
    Bytes stream;
    for (std::uint8_t index = 0; index < 8; ++index)
      append(stream, with_length(make_frame(14 + index * 100U, index)));
    for (const std::size_t piece : {1UL, 3UL, 4UL, 17UL, 100000UL}) {
      StreamBench bench;
      bench.start();
      std::vector<std::uint64_t> rooms;
      for (int count = 0; count < 8; ++count)
        rooms.push_back(bench.net.offer_room(2000));
      for (std::size_t at = 0; at < stream.size(); at += piece)
        bench.write(Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                          stream.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, stream.size()))));
      for (std::uint8_t index = 0; index < 8; ++index) {
        const Bytes expected = with_header(make_frame(14 + index * 100U, index), one_buffer());
        const auto used = bench.net.driver.wait_used(0);
        REQUIRE(used);
        CHECK(used->written_bytes == expected.size());
        CHECK(bench.net.driver.bytes(rooms[index], expected.size()) == expected);
      }
    }
  }

  TEST_CASE("the longest frame comes in over merged buffers") {
    StreamBench bench;
    bench.start(64);
    for (int count = 0; count < 50; ++count)
      bench.net.offer_room(1500);
    bench.write(with_length(make_frame(65550)));
    std::uint32_t total = 0;
    for (int count = 0; count < 44; ++count) {
      const auto used = bench.net.driver.wait_used(0);
      REQUIRE(used);
      total += used->written_bytes;
    }
    CHECK(total == 65562);
  }

  TEST_CASE("frames shorter than an Ethernet header are dropped, and those behind them are not") {
    StreamBench bench;
    bench.start();
    bench.net.offer_room(2000);
    bench.write(with_length(Bytes(1)));
    bench.write(with_length(Bytes(13)));
    bench.write(with_length(make_frame(14)));
    CHECK(bench.net.driver.wait_used(0)->written_bytes == 26);
    CHECK(bench.net.dropped(NetDrop::unsuitable) == 2);
  }

  TEST_CASE("a driver without buffers makes the other end wait, and no frame is lost") {
    StreamBench bench;
    bench.start(256);
    const Bytes frame = with_length(make_frame(996));
    std::size_t frames = 0;
    std::size_t offset = 0;
    for (int failures = 0; failures < 10; bench.net.turn()) {
      const ssize_t count = send(bench.far_end.get(), frame.data() + offset, frame.size() - offset, MSG_DONTWAIT);
      if (count < 0) {
        ++failures;
        continue;
      }
      offset += static_cast<std::size_t>(count);
      frames += offset / frame.size();
      offset %= frame.size();
      REQUIRE(frames < 5000);
    }
    std::size_t received = 0;
    while (received < frames) {
      bench.net.offer_room(2000);
      const auto used = bench.net.driver.wait_used(0);
      REQUIRE(used);
      CHECK(used->written_bytes == 12 + 996);
      ++received;
    }
    CHECK(bench.net.link_downs.empty());
  }

  TEST_CASE("lengths that cannot be break the link, once") {
    for (const std::uint32_t length : {0U, 65551U, 0x01000000U, 0xffffffffU}) {
      StreamBench bench;
      bench.start();
      bench.net.offer_room(2000);
      Bytes stream = with_length(make_frame(60));
      append(stream, number(length));
      append(stream, make_frame(100));
      bench.write(stream);
      CHECK(bench.net.driver.wait_used(0)); // what came before it
      bench.net.offer_room(2000);
      bench.net.turn();
      CHECK(bench.net.link_downs == std::vector<std::string>{"the stream has a frame of an impossible length"});
      CHECK(bench.net.link_status() == 0);
      bench.net.send(with_header(make_frame(60)));
      CHECK(bench.net.driver.take_used(1));
      CHECK(bench.read().empty());
    }
  }

  TEST_CASE("a peer that hangs up takes the link down, with buffers or without") {
    for (const bool has_buffers : {true, false}) {
      StreamBench bench;
      bench.start();
      if (has_buffers) bench.net.offer_room(2000);
      bench.far_end = FileDescriptor();
      bench.net.turn();
      bench.net.turn();
      CHECK(bench.net.link_downs.size() == 1);
      CHECK(bench.net.bench.transport().interrupt_status() == 2);
    }
  }

  TEST_CASE("a peer that ends its direction after a frame: the frame comes in, then the link goes down") {
    StreamBench bench;
    bench.start();
    bench.net.offer_room(2000);
    bench.net.offer_room(2000);
    bench.write(with_length(make_frame(60)));
    shutdown(bench.far_end.get(), SHUT_WR);
    bench.net.turn();
    CHECK(bench.net.driver.take_used(0));
    CHECK(bench.net.link_downs == std::vector<std::string>{"the peer closed the stream"});
  }
}

} // namespace volt::test
