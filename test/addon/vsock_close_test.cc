// How virtio-vsock connections end: halves, both ends, time, resets; and that nothing is lost or left open.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <thread>

#include "support/vsock_guest.h"

namespace volt::test {

using virtio::VsockPorts;
using Operations = std::vector<std::uint16_t>;

namespace {

constexpr VsockPorts ports{.guest = 5000, .host = 80};
constexpr std::uint32_t both = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;

void shut(VsockGuest& guest, std::uint32_t flags) {
  auto packet = VsockGuest::header(VIRTIO_VSOCK_OP_SHUTDOWN, ports);
  packet.flags = flags;
  guest.send(packet);
}

/// More than a socket takes at once, sent as far as the credit goes.
std::string flood(VsockGuest& guest, VsockPorts to) {
  std::string sent;
  while (sent.size() < 300'000) {
    const std::string chunk(10'000, static_cast<char>('a' + sent.size() / 10'000 % 26));
    guest.send(VIRTIO_VSOCK_OP_RW, to, chunk);
    sent += chunk;
  }
  return sent;
}

std::string read_to_end(VsockGuest& guest, const FileDescriptor& program) {
  std::string received;
  for (int count = 0; count < 1000 && !is_at_end(program); ++count) {
    received += read_now(program);
    guest.turn(std::chrono::milliseconds(1));
  }
  CHECK(is_at_end(program));
  return received;
}

} // namespace

TEST_SUITE("devices/virtio/vsock: ends") {
  TEST_CASE("a guest that closes gets RST at once, and its last data is read before the end") {
    VsockGuest guest({.guest_cid = guest_cid, .buffer_bytes = 1 << 20});
    const FileDescriptor program = guest.open_from_guest(ports);
    const std::string sent = flood(guest, ports);
    shut(guest, both);
    const Operations operations = guest.settle();
    REQUIRE(!operations.empty());
    CHECK(operations.back() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().connections == 1); // what is kept counts
    CHECK(read_to_end(guest, program) == sent);
    CHECK(guest.counters().connections == 0);
    CHECK(guest.counters().lost_bytes == 0);
  }

  TEST_CASE("data of a guest that resets the connection, or itself, still arrives") {
    for (const bool whole_device : {false, true}) {
      VsockGuest guest({.guest_cid = guest_cid, .buffer_bytes = 1 << 20});
      const FileDescriptor program = guest.open_from_guest(ports);
      const std::string sent = flood(guest, ports);
      if (whole_device) {
        guest.driver().write(0x070, 0);
      } else {
        guest.send(VIRTIO_VSOCK_OP_RST, ports);
      }
      CHECK(read_to_end(guest, program) == sent);
    }
  }

  TEST_CASE("a host program that never reads loses the rest after a while, which is counted") {
    VsockGuest guest({.guest_cid = guest_cid, .buffer_bytes = 1 << 20, .drain_timeout = std::chrono::milliseconds(20)});
    const FileDescriptor program = guest.open_from_guest(ports);
    const std::string sent = flood(guest, ports);
    shut(guest, both);
    for (int count = 0; count < 400 && guest.counters().connections > 0; ++count)
      guest.turn(std::chrono::milliseconds(5));
    CHECK(guest.counters().connections == 0);
    CHECK(guest.counters().lost_bytes > 0);
    CHECK(read_now(program).size() + guest.counters().lost_bytes == sent.size());
  }

  TEST_CASE("a guest that sends no more half-closes the host's end, after the data") {
    VsockGuest guest({.guest_cid = guest_cid, .buffer_bytes = 1 << 20});
    const FileDescriptor program = guest.open_from_guest(ports);
    const std::string sent = flood(guest, ports);
    shut(guest, VIRTIO_VSOCK_SHUTDOWN_SEND);
    CHECK(!is_at_end(program));
    CHECK(read_to_end(guest, program) == sent);
    write_all(program, "the answer");
    std::optional<VsockPacket> packet = guest.receive();
    while (packet && packet->header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE)
      packet = guest.receive();
    REQUIRE(packet);
    CHECK(packet->data == "the answer");
    CHECK(guest.counters().connections == 1);
  }

  TEST_CASE("a guest that receives no more makes the host program's writes fail") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    shut(guest, VIRTIO_VSOCK_SHUTDOWN_RCV);
    CHECK(send(program.get(), "x", 1, MSG_NOSIGNAL) < 0);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "still");
    CHECK(read_now(program) == "still");
    shut(guest, VIRTIO_VSOCK_SHUTDOWN_SEND); // now it is both
    CHECK(is_at_end(program));
    CHECK(guest.settle().back() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().connections == 0);
  }

  TEST_CASE("a host program that sends no more is told to the guest after its data, and may still read") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    write_all(program, "last words");
    REQUIRE(shutdown(program.get(), SHUT_WR) == 0);
    CHECK(guest.receive().value().data == "last words");
    const auto packet = guest.receive();
    REQUIRE(packet);
    CHECK(packet->header.op == VIRTIO_VSOCK_OP_SHUTDOWN);
    CHECK(+packet->header.flags == VIRTIO_VSOCK_SHUTDOWN_SEND);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "understood");
    CHECK(read_now(program) == "understood");
    CHECK(guest.settle().empty());
  }

  TEST_CASE("a host program that closes is told after its data as both, and RST ends it") {
    VsockGuest guest({.guest_cid = guest_cid}, 2, 256);
    {
      const FileDescriptor program = guest.open_from_guest(ports);
      write_all(program, std::string(5000, 'q'));
    }
    std::string received;
    std::uint32_t flags = 0;
    while (flags != both) {
      const auto packet = guest.receive();
      REQUIRE(packet);
      received += packet->data;
      if (packet->header.op == VIRTIO_VSOCK_OP_SHUTDOWN) flags = packet->header.flags;
      if ((flags & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0) CHECK(received.size() == 5000);
    }
    CHECK(received.size() == 5000);
    CHECK(guest.counters().connections == 1);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "into the void"); // was under way
    CHECK(guest.counters().violations == 0);
    guest.send(VIRTIO_VSOCK_OP_RST, ports);
    CHECK(guest.settle().empty());
    CHECK(guest.counters().connections == 0);
    CHECK(guest.counters().lost_bytes == 13);
  }

  TEST_CASE("a guest that does not answer the end gets RST after a while") {
    VsockGuest guest({.guest_cid = guest_cid, .close_timeout = std::chrono::milliseconds(20)});
    { const FileDescriptor program = guest.open_from_guest(ports); }
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_SHUTDOWN);
    CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    CHECK(guest.counters().connections == 0);
  }

  TEST_CASE("a transport reset ends all connections and is told by an event, when there is a buffer for it") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    guest.device().reset_transport();
    CHECK(is_at_end(program));
    CHECK(guest.settle().empty()); // no RST: the event says it all
    CHECK(guest.device().state().transport_reset_pending);
    guest.driver().fill(data_address, std::vector<std::uint8_t>(8, 0xff));
    guest.driver().add(event_queue, {}, {{data_address, 2}});
    guest.driver().add(event_queue, {}, {{data_address, 8}});
    guest.driver().notify(event_queue);
    CHECK(guest.driver().take_used(event_queue).value().written_bytes == 2);
    CHECK(guest.driver().take_used(event_queue).value().written_bytes == 4);
    CHECK(guest.driver().bytes(data_address, 5) == std::vector<std::uint8_t>{0, 0, 0, 0, 0xff});
    const auto state = guest.device().state();
    CHECK(!state.transport_reset_pending);
    CHECK(state.guest_cid == guest_cid);
    CHECK(state.next_host_port == 1U << 30);
    const FileDescriptor again = guest.open_from_guest(ports);
    CHECK(guest.counters().connections == 1);
  }

  TEST_CASE("200 connections that close in mid transfer leave no descriptor behind") {
    const std::size_t before = open_descriptors();
    {
      VsockGuest guest({.guest_cid = guest_cid, .drain_timeout = std::chrono::milliseconds(50)}, 64, 512);
      const std::size_t with_device = open_descriptors();
      std::vector<FileDescriptor> programs;
      for (std::uint32_t port = 0; port < 200; ++port) {
        programs.push_back(port % 2 == 0 ? guest.open_from_guest({.guest = port, .host = 80})
                                         : guest.open_from_host(port).second);
      }
      CHECK(open_descriptors() == with_device + 400);
      for (std::uint32_t port = 0; port < 200; port += 2) {
        guest.send(VIRTIO_VSOCK_OP_RW, {.guest = port, .host = 80}, std::string(100'000, 'x'));
        if (port % 4 == 0) guest.send(VIRTIO_VSOCK_OP_RST, {.guest = port, .host = 80});
      }
      for (const FileDescriptor& program : programs)
        send(program.get(), std::string(20'000, 'y').data(), 20'000, MSG_NOSIGNAL | MSG_DONTWAIT);
      programs.clear();
      for (int count = 0; count < 2000 && guest.counters().connections > 0; ++count) {
        guest.turn(std::chrono::milliseconds(1));
        while (const auto packet = guest.receive_now()) {
          if (packet->header.op == VIRTIO_VSOCK_OP_SHUTDOWN && packet->header.flags == both)
            guest.send(VIRTIO_VSOCK_OP_RST, {.guest = packet->header.dst_port, .host = packet->header.src_port});
        }
      }
      CHECK(guest.counters().connections == 0);
      CHECK(open_descriptors() == with_device);
    }
    CHECK(open_descriptors() == before);
  }

  TEST_CASE("200 connections that close in mid transfer while the device's thread runs leave nothing behind") {
    const std::size_t descriptors = open_descriptors();
    const std::size_t threads = running_threads();
    {
      VsockGuest guest({.guest_cid = guest_cid, .drain_timeout = std::chrono::milliseconds(50)}, 64, 512);
      std::vector<FileDescriptor> programs;
      for (std::uint32_t port = 0; port < 200; ++port)
        programs.push_back(guest.open_from_guest({.guest = port, .host = 80}));
      REQUIRE(guest.bench().loop().start("vsock", [](const Error&) {}).ok());
      CHECK(running_threads() == threads + 1);
      std::thread closing([&programs] {
        const std::string text(20'000, 'y');
        for (FileDescriptor& program : programs) {
          send(program.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
          static_cast<void>(read_now(program, 1000));
          program = {};
        }
      });
      for (std::uint32_t port = 0; port < 200; ++port) {
        guest.send(VIRTIO_VSOCK_OP_RW, {.guest = port, .host = 80}, std::string(50'000, 'x'));
        if (port % 3 == 0) guest.send(VIRTIO_VSOCK_OP_RST, {.guest = port, .host = 80});
      }
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (guest.counters().connections > 0 && std::chrono::steady_clock::now() < end) {
        guest.bench().loop().call([] {});
        while (const auto packet = guest.receive_now()) {
          if (packet->header.op == VIRTIO_VSOCK_OP_SHUTDOWN && packet->header.flags == both)
            guest.send(VIRTIO_VSOCK_OP_RST, {.guest = packet->header.dst_port, .host = packet->header.src_port});
        }
      }
      closing.join();
      CHECK(guest.counters().connections == 0);
      guest.bench().loop().stop();
      CHECK(running_threads() == threads);
    }
    CHECK(open_descriptors() == descriptors);
  }
}

} // namespace volt::test
