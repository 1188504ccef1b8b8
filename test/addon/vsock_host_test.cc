// virtio-vsock from the host to the guest: CONNECT lines, good and bad, slow and many.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "support/vsock_guest.h"

namespace volt::test {

using virtio::VsockPorts;

namespace {

virtio::VsockOptions hasty() {
  return {.guest_cid = guest_cid,
          .connect_timeout = std::chrono::milliseconds(30),
          .listener = {.handshakes = 4, .line_timeout = std::chrono::milliseconds(30)}};
}

/// Turns the loop until the program's socket is at its end, for two seconds at most.
bool ends(VsockGuest& guest, const FileDescriptor& program) {
  for (int count = 0; count < 400 && !is_at_end(program); ++count)
    guest.turn(std::chrono::milliseconds(5));
  return is_at_end(program);
}

} // namespace

TEST_SUITE("devices/virtio/vsock: from the host") {
  TEST_CASE("a CONNECT line becomes a request, and the guest's answer an OK line") {
    VsockGuest guest;
    auto [ports, program] = guest.open_from_host(52);
    CHECK(ports.guest == 52);
    CHECK(ports.host >= 1U << 30);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "from the guest");
    CHECK(read_now(program) == "from the guest");
    write_all(program, "from the host");
    CHECK(guest.receive().value().data == "from the host");
    CHECK(guest.counters().from_host == 1);
  }

  TEST_CASE("data behind the line is the connection's first, though the line came in pieces") {
    VsockGuest guest;
    const FileDescriptor program = guest.connect_program();
    for (const std::string_view part : {"CONN", "ECT 5", "2\nearly"}) {
      CHECK(guest.settle().empty());
      write_all(program, part);
    }
    const auto request = guest.receive();
    REQUIRE(request);
    CHECK(request->header.op == VIRTIO_VSOCK_OP_REQUEST);
    CHECK(guest.settle().empty());
    guest.send(VIRTIO_VSOCK_OP_RESPONSE, {.guest = 52, .host = request->header.src_port});
    const auto data = guest.receive();
    REQUIRE(data);
    CHECK(data->data == "early");
    CHECK(read_now(program).starts_with("OK "));
  }

  TEST_CASE("each connection to the same port of the guest has its own port of the host") {
    VsockGuest guest;
    auto [first, first_program] = guest.open_from_host(52);
    auto [second, second_program] = guest.open_from_host(52);
    CHECK(first.host != second.host);
    guest.send(VIRTIO_VSOCK_OP_RW, second, "2");
    CHECK(read_now(first_program).empty());
    CHECK(read_now(second_program) == "2");
  }

  TEST_CASE("bad lines, over-long ones and half lines end the client") {
    VsockGuest guest;
    for (const std::string& line : {std::string("HELLO\n"), "CONNECT " + std::string(100, '1'), std::string("x")}) {
      const FileDescriptor program = guest.connect_program();
      write_all(program, line);
      CHECK(ends(guest, program));
    }
    const FileDescriptor program = guest.connect_program();
    write_all(program, "CONNECT 5");
    REQUIRE(shutdown(program.get(), SHUT_WR) == 0);
    CHECK(ends(guest, program));
    CHECK(guest.settle().empty());
  }

  TEST_CASE("slow clients are given up, and those behind them get their turn") {
    VsockGuest guest(hasty());
    std::vector<FileDescriptor> slow;
    for (int count = 0; count < 10; ++count)
      slow.push_back(guest.connect_program());
    const FileDescriptor program = guest.connect_program();
    write_all(program, "CONNECT 52\n");
    guest.turn();
    CHECK(!guest.receive_now()); // four wait for their line, the rest to be accepted
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_REQUEST);
    for (const FileDescriptor& client : slow)
      CHECK(ends(guest, client));
  }

  TEST_CASE("a guest that refuses, or does not answer in time, ends the client without a line") {
    VsockGuest guest(hasty());
    const FileDescriptor refused = guest.connect_program();
    write_all(refused, "CONNECT 52\n");
    const auto request = guest.receive();
    REQUIRE(request);
    guest.send(VIRTIO_VSOCK_OP_RST, {.guest = 52, .host = request->header.src_port});
    CHECK(is_at_end(refused));
    CHECK(guest.counters().refused == 1);
    const FileDescriptor late = guest.connect_program();
    write_all(late, "CONNECT 52\n");
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_REQUEST);
    CHECK(ends(guest, late));
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().timeouts == 1);
  }

  TEST_CASE("a client that goes away before the answer takes its request back, if it was sent") {
    VsockGuest guest;
    {
      const FileDescriptor program = guest.connect_program();
      write_all(program, "CONNECT 52\n");
      CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_REQUEST);
    }
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    VsockGuest bare({.guest_cid = guest_cid}, 0);
    for (int count = 0; count < 5; ++count) {
      const FileDescriptor program = bare.connect_program();
      write_all(program, "CONNECT 52\n");
      bare.turn();
      bare.turn();
    }
    CHECK(bare.settle().empty());
    bare.add_buffer(0);
    bare.driver().notify(receive_queue);
    CHECK(bare.settle().empty());
    CHECK(bare.counters().connections == 0);
  }

  TEST_CASE("without a running driver, and beyond the cap, clients are refused") {
    VsockGuest guest({.guest_cid = guest_cid, .maximum_connections = 1});
    auto [ports, program] = guest.open_from_host(52);
    const FileDescriptor second = guest.connect_program();
    write_all(second, "CONNECT 52\n");
    CHECK(ends(guest, second));
    guest.driver().write(0x070, 0);
    CHECK(ends(guest, program)); // the guest is gone, and its connections with it
    const FileDescriptor third = guest.connect_program();
    write_all(third, "CONNECT 52\n");
    CHECK(ends(guest, third));
    CHECK(guest.counters().refused == 2);
  }

  TEST_CASE("a listener that is shut down, or was none, is no trouble") {
    auto loop = virtio::EventLoop::create();
    REQUIRE(loop.ok());
    const virtio::VsockOptions options{.guest_cid = guest_cid};
    for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
      FileDescriptor socket_of_type(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
      CHECK(!virtio::VsockDevice::create(options, std::move(socket_of_type), {}, *loop.value()).ok());
    }
    CHECK(!virtio::VsockDevice::create(options, {}, StreamPair().device, *loop.value()).ok());
    CHECK(virtio::VsockDevice::create(options, {}, {}, *loop.value()).ok());
    VsockHost host;
    const auto device = host.make_device(options, *loop.value());
    host.shut_listener();
    loop.value()->turn();
    const auto begin = std::chrono::steady_clock::now();
    loop.value()->turn(std::chrono::milliseconds(20));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(15)); // it does not spin
  }
}

} // namespace volt::test
