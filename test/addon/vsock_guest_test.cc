// virtio-vsock from the guest to the host: the broker's answers, data, flow control.
#include <cerrno>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <thread>

#include "support/vsock_guest.h"

namespace volt::test {

using virtio::VsockPorts;
using Operations = std::vector<std::uint16_t>;

namespace {

constexpr VsockPorts ports{.guest = 5000, .host = 80};

virtio::VsockOptions small_buffer() {
  return {.guest_cid = guest_cid, .buffer_bytes = 4000};
}

/// A program's socket that takes little before its peer must wait.
void narrow(const FileDescriptor& stream) {
  const int bytes = 1;
  REQUIRE(setsockopt(stream.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
}

/// As VsockGuest::open_from_guest(), with a device's socket that takes little.
FileDescriptor open_narrow(VsockGuest& guest) {
  guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
  StreamPair pair;
  narrow(pair.device);
  guest.answer(guest.take_request().id, pair.device);
  REQUIRE(guest.receive_operation() == VIRTIO_VSOCK_OP_RESPONSE);
  return std::move(pair.program);
}

} // namespace

TEST_SUITE("devices/virtio/vsock: from the guest") {
  TEST_CASE("it says what it is, and the guest's address") {
    VsockGuest guest;
    CHECK(guest.driver().read(0x008) == 19);
    CHECK(guest.driver().read(0x100) == guest_cid);
    CHECK(guest.driver().read(0x104) == 0);
    CHECK(guest.driver().read(0x108) == 0);
  }

  TEST_CASE("the broker's socket carries data both ways") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    CHECK(guest.counters().from_guest == 1);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "to the host");
    CHECK(read_now(program) == "to the host");
    write_all(program, "to the guest");
    const auto packet = guest.receive();
    REQUIRE(packet);
    CHECK(packet->header.op == VIRTIO_VSOCK_OP_RW);
    CHECK(+packet->header.src_port == 80);
    CHECK(+packet->header.dst_port == 5000);
    CHECK(+packet->header.src_cid == 2);
    CHECK(+packet->header.dst_cid == guest_cid);
    CHECK(packet->data == "to the guest");
    CHECK(guest.device().counters().bytes_from_guest == 11);
    CHECK(guest.device().counters().bytes_to_guest == 12);
    CHECK(guest.settle().empty());
  }

  TEST_CASE("what the broker cannot connect is refused by RST") {
    VsockGuest guest;
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    const auto request = guest.take_request();
    CHECK(request.port == 80);
    guest.answer(request.id, ECONNREFUSED);
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().refused == 1);
    CHECK(guest.counters().connections == 0);
  }

  TEST_CASE("an answer that brings no stream socket is a refusal") {
    VsockGuest guest;
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    auto counter = FileDescriptor::event_counter();
    REQUIRE(counter.ok());
    guest.answer(guest.take_request().id, counter.value());
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    guest.answer(guest.take_request().id, 0); // success, they say
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
  }

  TEST_CASE("answers may come in any order, and late ones bring nothing back") {
    VsockGuest guest;
    const VsockPorts other{.guest = 5001, .host = 81};
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    guest.send(VIRTIO_VSOCK_OP_REQUEST, other);
    const auto first = guest.take_request();
    const auto second = guest.take_request();
    StreamPair pair;
    guest.answer(second.id, pair.device);
    CHECK(+guest.receive().value().header.dst_port == 5001);
    guest.send(VIRTIO_VSOCK_OP_RST, ports); // it gave up
    StreamPair late;
    const std::size_t before = open_descriptors();
    guest.answer(first.id, late.device);
    guest.answer(first.id, late.device);
    CHECK(guest.settle().empty());
    CHECK(open_descriptors() == before);
    CHECK(guest.counters().connections == 1);
  }

  TEST_CASE("an answer to the boot before is not taken for one of this boot's") {
    auto loop = virtio::EventLoop::create();
    REQUIRE(loop.ok());
    VsockHost host;
    std::array<std::optional<std::uint32_t>, 2> ids; // of the first request of each boot
    for (auto& id : ids) {
      auto copy = FileDescriptor::duplicate(host.connector.get());
      REQUIRE(copy.ok());
      auto connector =
          virtio::VsockConnector::create(std::move(copy).value(), *loop.value(), [](std::uint32_t, FileDescriptor) {});
      REQUIRE(connector.ok());
      id = connector.value()->request(80);
    }
    CHECK(ids[0] != ids[1]);
  }

  TEST_CASE("a broker that is gone, or never was, refuses what waits and what comes") {
    VsockGuest guest;
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    guest.host().close_broker();
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().refused == 2);
  }

  TEST_CASE("a broker that does not answer in time refuses") {
    VsockGuest guest({.guest_cid = guest_cid, .connect_timeout = std::chrono::milliseconds(20)});
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().timeouts == 1);
  }

  TEST_CASE("beyond the cap connections are refused, and taken again when one has ended") {
    VsockGuest guest({.guest_cid = guest_cid, .maximum_connections = 300}, 64, 256);
    std::vector<FileDescriptor> programs;
    for (std::uint32_t port = 0; port < 300; ++port)
      programs.push_back(guest.open_from_guest({.guest = port, .host = 80}));
    CHECK(guest.counters().connections == 300);
    guest.send(VIRTIO_VSOCK_OP_REQUEST, {.guest = 300, .host = 80});
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.take_request().id == 0);
    guest.send(VIRTIO_VSOCK_OP_RST, {.guest = 17, .host = 80});
    programs.push_back(guest.open_from_guest({.guest = 300, .host = 80}));
    for (std::uint32_t port = 0; port < 300; ++port) { // each is its own
      if (port == 17) continue;
      guest.send(VIRTIO_VSOCK_OP_RW, {.guest = port, .host = 80}, std::to_string(port));
      CHECK(read_now(programs[port]) == std::to_string(port));
    }
  }

  TEST_CASE("a host program that reads nothing holds the guest by its credit, and nothing is lost") {
    VsockGuest guest(small_buffer());
    const FileDescriptor program = open_narrow(guest);
    std::string sent;
    std::uint32_t forwarded = 0;
    // Until neither the socket nor the buffer takes more.
    while (static_cast<std::uint32_t>(sent.size()) - forwarded <= 3000) {
      const std::string chunk(1000, static_cast<char>('a' + sent.size() / 1000 % 26));
      guest.send(VIRTIO_VSOCK_OP_RW, ports, chunk);
      sent += chunk;
      REQUIRE(sent.size() < 1'000'000);
      while (const auto packet = guest.receive_now()) {
        REQUIRE(packet->header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        CHECK(+packet->header.buf_alloc == 4000);
        forwarded = packet->header.fwd_cnt;
      }
    }
    std::string received;
    while (received.size() < sent.size()) {
      const std::string part = read_now(program);
      received += part;
      guest.turn(std::chrono::milliseconds(1));
    }
    CHECK(received == sent);
    const auto update = guest.receive();
    REQUIRE(update);
    CHECK(update->header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    CHECK(+update->header.fwd_cnt >= sent.size() - 999);
    CHECK(guest.counters().lost_bytes == 0);
  }

  TEST_CASE("a guest that asks for credit is told") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "x");
    guest.send(VIRTIO_VSOCK_OP_CREDIT_REQUEST, ports);
    const auto packet = guest.receive();
    REQUIRE(packet);
    CHECK(packet->header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    CHECK(+packet->header.fwd_cnt == 1);
    CHECK(+packet->header.buf_alloc == 128 * 1024);
  }

  TEST_CASE("no more goes to the guest than it has credit for, and it is asked once") {
    VsockGuest guest;
    auto request = VsockGuest::header(VIRTIO_VSOCK_OP_REQUEST, ports);
    request.buf_alloc = 10;
    guest.send(request);
    StreamPair pair;
    guest.answer(guest.take_request().id, pair.device);
    REQUIRE(guest.receive_operation() == VIRTIO_VSOCK_OP_RESPONSE);
    write_all(pair.program, "0123456789abcdef");
    CHECK(guest.receive().value().data == "0123456789");
    CHECK(guest.settle() == Operations{VIRTIO_VSOCK_OP_CREDIT_REQUEST});
    auto update = VsockGuest::header(VIRTIO_VSOCK_OP_CREDIT_UPDATE, ports);
    update.buf_alloc = 10;
    update.fwd_cnt = 4;
    guest.send(update);
    CHECK(guest.receive().value().data == "abcd");
    update.fwd_cnt = 14;
    guest.send(update);
    const auto rest = guest.settle();
    CHECK(rest.back() == VIRTIO_VSOCK_OP_RW);
  }

  TEST_CASE("without receive buffers everything waits in its sockets, and comes in order when there are some") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    VsockGuest bare({.guest_cid = guest_cid}, 0);
    bare.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    StreamPair pair;
    bare.answer(bare.take_request().id, pair.device);
    const std::string text(100'000, 'z');
    write_all(pair.program, text);
    CHECK(bare.settle().empty());
    for (std::uint16_t slot = 0; slot < 8; ++slot)
      bare.add_buffer(slot);
    bare.driver().notify(receive_queue);
    CHECK(bare.receive_operation() == VIRTIO_VSOCK_OP_RESPONSE);
    std::string received;
    while (received.size() < text.size()) {
      const auto packet = bare.receive();
      REQUIRE(packet);
      CHECK(packet->data.size() <= 4096 - sizeof(virtio_vsock_hdr));
      received += packet->data;
    }
    CHECK(received == text);
  }

  TEST_CASE("with a thread of its own, a host program on another echoes what the guest sends") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    REQUIRE(guest.bench().loop().start("vsock", [](const Error&) {}).ok());
    std::thread echo([&] {
      std::array<char, 4096> bytes{};
      for (ssize_t count = 1; count > 0;) {
        count = recv(program.get(), bytes.data(), bytes.size(), 0);
        if (count > 0) write_now(program, {bytes.data(), static_cast<std::size_t>(count)});
      }
    });
    std::string sent;
    std::string received;
    for (int round = 0; round < 50; ++round) {
      const std::string chunk(10'000, static_cast<char>('a' + round % 26));
      sent += chunk;
      guest.send(VIRTIO_VSOCK_OP_RW, ports, chunk);
      while (received.size() < sent.size()) {
        guest.bench().loop().call([] {});
        while (const auto packet = guest.receive_now())
          received += packet->data;
      }
    }
    auto end = VsockGuest::header(VIRTIO_VSOCK_OP_SHUTDOWN, ports);
    end.flags = VIRTIO_VSOCK_SHUTDOWN_SEND;
    guest.send(end);
    echo.join();
    CHECK(received == sent);
  }

  TEST_CASE("connections take turns") {
    VsockGuest guest({.guest_cid = guest_cid}, 16, 256);
    const FileDescriptor first = guest.open_from_guest({.guest = 1, .host = 80});
    const FileDescriptor second = guest.open_from_guest({.guest = 2, .host = 80});
    write_all(first, std::string(10'000, '1'));
    write_all(second, std::string(10'000, '2'));
    guest.turn(std::chrono::milliseconds(5));
    std::array<unsigned, 3> packets{};
    for (unsigned count = 0; count < 40; ++count)
      ++packets.at(guest.receive().value().header.dst_port);
    CHECK(packets[1] >= 10);
    CHECK(packets[2] >= 10);
  }
}

} // namespace volt::test
