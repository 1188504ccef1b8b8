// The parts of virtio-vsock that need no socket: credit, the connection's states, and the line of host programs.
#include <doctest/doctest.h>

#include "devices/virtio/vsock/connect_line.h"
#include "devices/virtio/vsock/connection.h"
#include "devices/virtio/vsock/packet.h"

namespace volt::test {

using virtio::VsockConnection;
using virtio::VsockCredit;
using Outcome = VsockConnection::Outcome;

namespace {

virtio_vsock_hdr packet(std::uint16_t operation, std::uint32_t buffer_bytes = 4096, std::uint32_t forwarded = 0) {
  virtio_vsock_hdr header{};
  header.src_cid = 42;
  header.dst_cid = 2;
  header.src_port = 1000;
  header.dst_port = 80;
  header.type = VIRTIO_VSOCK_TYPE_STREAM;
  header.op = operation;
  header.buf_alloc = buffer_bytes;
  header.fwd_cnt = forwarded;
  return header;
}

virtio_vsock_hdr data_packet(std::uint32_t size_bytes) {
  virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);
  header.len = size_bytes;
  return header;
}

virtio_vsock_hdr shutdown_packet(std::uint32_t flags) {
  virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_SHUTDOWN);
  header.flags = flags;
  return header;
}

/// Opened by the guest, RESPONSE sent.
VsockConnection open_connection(std::uint32_t buffer_bytes = 1000) {
  VsockConnection connection(packet(VIRTIO_VSOCK_OP_REQUEST), buffer_bytes);
  connection.accept();
  static_cast<void>(connection.make_packet(VIRTIO_VSOCK_OP_RESPONSE, 0));
  return connection;
}

template <typename Kind>
bool is_a(std::string_view line) {
  return std::holds_alternative<Kind>(virtio::parse_connect_line(line));
}

} // namespace

TEST_SUITE("devices/virtio/vsock/credit") {
  TEST_CASE("the guest may send what the buffer holds and no byte more") {
    VsockCredit credit(1000);
    CHECK(credit.receive(600));
    CHECK(!credit.receive(401));
    CHECK(credit.receive(400));
    CHECK(!credit.receive(1));
    CHECK(credit.receive(0));
    credit.forward(300);
    CHECK(credit.receive(300));
    CHECK(!credit.receive(UINT32_MAX));
  }

  TEST_CASE("an update is due when a quarter of the buffer has become free that the guest does not know of") {
    VsockCredit credit(1000);
    REQUIRE(credit.receive(1000));
    credit.forward(249);
    CHECK(!credit.update_is_due());
    credit.forward(1);
    CHECK(credit.update_is_due());
    virtio_vsock_hdr header{};
    credit.stamp(header);
    CHECK(+header.buf_alloc == 1000);
    CHECK(+header.fwd_cnt == 250);
    CHECK(!credit.update_is_due());
  }

  TEST_CASE("the guest's credit is its buffer less what is under way, also across the counters' wrap") {
    VsockCredit credit(1000);
    CHECK(credit.sendable() == 0);
    credit.hear(packet(VIRTIO_VSOCK_OP_REQUEST, 5000));
    CHECK(credit.sendable() == 5000);
    credit.send(UINT32_MAX - 100);
    credit.hear(packet(VIRTIO_VSOCK_OP_RW, 5000, UINT32_MAX - 100));
    credit.send(200);
    CHECK(credit.sendable() == 4800);
    credit.hear(packet(VIRTIO_VSOCK_OP_RW, 5000, 50));
    CHECK(credit.sendable() == 4951);
  }

  TEST_CASE("a guest that shrinks its buffer or forwards what it never got has no credit") {
    VsockCredit credit(1000);
    credit.hear(packet(VIRTIO_VSOCK_OP_REQUEST, 5000));
    credit.send(3000);
    credit.hear(packet(VIRTIO_VSOCK_OP_RW, 2000));
    CHECK(credit.sendable() == 0);
    credit.hear(packet(VIRTIO_VSOCK_OP_RW, 5000, 3001));
    CHECK(credit.sendable() == 0);
  }
}

TEST_SUITE("devices/virtio/vsock/connection") {
  TEST_CASE("a guest's connection is answered once the host accepts") {
    VsockConnection connection(packet(VIRTIO_VSOCK_OP_REQUEST), 1000);
    CHECK(!connection.next_operation(true));
    CHECK(!connection.is_open());
    connection.accept();
    REQUIRE(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_RESPONSE));
    const virtio_vsock_hdr response = connection.make_packet(VIRTIO_VSOCK_OP_RESPONSE, 0);
    CHECK(+response.src_cid == 2);
    CHECK(+response.dst_cid == 42);
    CHECK(+response.src_port == 80);
    CHECK(+response.dst_port == 1000);
    CHECK(+response.buf_alloc == 1000);
    CHECK(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_RW));
    CHECK(!connection.next_operation(false));
  }

  TEST_CASE("a host's connection is asked for, and open with the guest's answer") {
    VsockConnection connection(42, {.guest = 7, .host = 9}, 1000);
    CHECK(!connection.is_known_to_guest());
    REQUIRE(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_REQUEST));
    CHECK(+connection.make_packet(VIRTIO_VSOCK_OP_REQUEST, 0).dst_port == 7);
    CHECK(connection.is_known_to_guest());
    CHECK(!connection.next_operation(true));
    CHECK(connection.receive(packet(VIRTIO_VSOCK_OP_RESPONSE)) == Outcome::established);
    CHECK(connection.is_open());
    CHECK(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_RW));
  }

  TEST_CASE("what may not come yet, or again, is a violation") {
    for (const std::uint16_t operation : {VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RESPONSE}) {
      VsockConnection open = open_connection();
      CHECK(open.receive(packet(operation)) == Outcome::violation);
    }
    for (const std::uint16_t operation :
         {VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RW, VIRTIO_VSOCK_OP_CREDIT_UPDATE, VIRTIO_VSOCK_OP_CREDIT_REQUEST}) {
      VsockConnection connecting(packet(VIRTIO_VSOCK_OP_REQUEST), 1000);
      CHECK(connecting.receive(packet(operation)) == Outcome::violation);
      VsockConnection requested(42, {.guest = 7, .host = 9}, 1000);
      CHECK(requested.receive(packet(VIRTIO_VSOCK_OP_RESPONSE)) == Outcome::violation); // to what nobody asked
      static_cast<void>(requested.make_packet(VIRTIO_VSOCK_OP_REQUEST, 0));
      CHECK(requested.receive(packet(operation)) == Outcome::violation);
    }
  }

  TEST_CASE("data beyond the credit, or after the guest said that there is none, is a violation") {
    VsockConnection connection = open_connection(1000);
    CHECK(connection.receive(data_packet(1000)) == Outcome::data);
    CHECK(connection.receive(data_packet(1)) == Outcome::violation);
    VsockConnection half = open_connection(1000);
    CHECK(half.receive(shutdown_packet(VIRTIO_VSOCK_SHUTDOWN_SEND)) == Outcome::shut);
    CHECK(!half.guest_sends());
    CHECK(half.guest_receives());
    CHECK(half.receive(data_packet(1)) == Outcome::violation);
  }

  TEST_CASE("a flag of a shutdown is never taken back, and unknown flags are ignored") {
    VsockConnection connection = open_connection();
    CHECK(connection.receive(shutdown_packet(VIRTIO_VSOCK_SHUTDOWN_RCV)) == Outcome::shut);
    CHECK(connection.receive(shutdown_packet(0xfffffffc)) == Outcome::shut);
    CHECK(!connection.guest_receives());
    CHECK(connection.guest_sends());
    CHECK(!connection.next_operation(true)); // nothing for who receives nothing
  }

  TEST_CASE("without credit the guest is asked for it once, until it has some") {
    VsockConnection connection = open_connection();
    static_cast<void>(connection.make_packet(VIRTIO_VSOCK_OP_RW, 4096));
    REQUIRE(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_CREDIT_REQUEST));
    static_cast<void>(connection.make_packet(VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0));
    CHECK(!connection.next_operation(true));
    CHECK(connection.receive(packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 4096, 4096)) == Outcome::nothing);
    CHECK(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_RW));
    static_cast<void>(connection.make_packet(VIRTIO_VSOCK_OP_RW, 4096));
    CHECK(connection.next_operation(true) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_CREDIT_REQUEST));
  }

  TEST_CASE("a guest that asks for credit hears of it, and by any packet") {
    VsockConnection connection = open_connection();
    CHECK(connection.receive(packet(VIRTIO_VSOCK_OP_CREDIT_REQUEST)) == Outcome::nothing);
    CHECK(connection.next_operation(false) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_CREDIT_UPDATE));
    static_cast<void>(connection.make_packet(VIRTIO_VSOCK_OP_RW, 1));
    CHECK(!connection.next_operation(false));
  }

  TEST_CASE("the end of each of the host's directions is told once, and both ask for RST") {
    VsockConnection connection = open_connection();
    connection.host_sends_no_more();
    REQUIRE(connection.next_operation(false) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_SHUTDOWN));
    CHECK(+connection.make_packet(VIRTIO_VSOCK_OP_SHUTDOWN, 0).flags == VIRTIO_VSOCK_SHUTDOWN_SEND);
    CHECK(!connection.next_operation(false));
    CHECK(!connection.awaits_reset());
    connection.host_receives_no_more();
    REQUIRE(connection.next_operation(false) == std::optional<std::uint16_t>(VIRTIO_VSOCK_OP_SHUTDOWN));
    CHECK(+connection.make_packet(VIRTIO_VSOCK_OP_SHUTDOWN, 0).flags == 3);
    CHECK(connection.awaits_reset());
    CHECK(connection.receive(packet(VIRTIO_VSOCK_OP_RST)) == Outcome::reset);
  }
}

TEST_SUITE("devices/virtio/vsock/connect_line") {
  TEST_CASE("a line names a port, and says where the data begins") {
    const auto parsed = virtio::parse_connect_line("CONNECT 1024\nhello");
    const auto* line = std::get_if<virtio::ConnectLine>(&parsed);
    REQUIRE(line != nullptr);
    CHECK(line->port == 1024);
    CHECK(line->size_bytes == 13);
    CHECK(std::get<virtio::ConnectLine>(virtio::parse_connect_line("CONNECT 4294967294\n")).port == 4294967294);
    CHECK(virtio::accepted_line(1073741824) == "OK 1073741824\n");
  }

  TEST_CASE("a line that has not ended is waited for, up to 32 bytes") {
    for (const std::string_view start : {"", "C", "CONNECT", "CONNECT ", "CONNECT 12"})
      CHECK_MESSAGE(is_a<virtio::IncompleteLine>(start), start);
    CHECK(is_a<virtio::IncompleteLine>("CONNECT " + std::string(23, '1')));
    CHECK(is_a<virtio::BadLine>("CONNECT " + std::string(24, '1')));
    CHECK(is_a<virtio::BadLine>("CONNECT " + std::string(23, '0') + "10\n"));
  }

  TEST_CASE("anything else is refused as soon as it shows") {
    for (const std::string_view line :
         {"c", "GET / HTTP/1.1\r\n", "\n", "CONNECT\n", "CONNECT \n", "CONNECT x\n", "CONNECT -1\n", "CONNECT +1\n",
          "CONNECT 1 \n", "CONNECT  1\n", "CONNECT 1\r\n", "CONNECT 4294967295\n", "CONNECT 4294967296\n"})
      CHECK_MESSAGE(is_a<virtio::BadLine>(line), line);
  }
}

TEST_SUITE("devices/virtio/vsock/packet") {
  TEST_CASE("addresses that the specification reserves are no guest's") {
    for (const std::uint64_t cid :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{UINT32_MAX}, std::uint64_t{1} << 32}) {
      CHECK(!virtio::is_guest_cid(cid));
    }
    CHECK(virtio::is_guest_cid(3));
    CHECK(virtio::is_guest_cid(UINT32_MAX - 1));
  }

  TEST_CASE("an RST goes back to where the packet came from, with its type") {
    virtio_vsock_hdr received = packet(VIRTIO_VSOCK_OP_RW);
    received.type = 9;
    const virtio_vsock_hdr reset = virtio::vsock_reset_for(received);
    CHECK(+reset.src_cid == 2);
    CHECK(+reset.dst_cid == 42);
    CHECK(+reset.src_port == 80);
    CHECK(+reset.dst_port == 1000);
    CHECK(+reset.type == 9);
    CHECK(+reset.op == VIRTIO_VSOCK_OP_RST);
    CHECK(+reset.len == 0);
  }
}

} // namespace volt::test
