// What a guest must not send to a vsock device, and what it gets for it.
#include <doctest/doctest.h>

#include "support/vsock_guest.h"

namespace volt::test {

using virtio::VsockPorts;
using Operations = std::vector<std::uint16_t>;

namespace {

constexpr VsockPorts ports{.guest = 5000, .host = 80};
const Operations one_reset{VIRTIO_VSOCK_OP_RST};

} // namespace

TEST_SUITE("devices/virtio/vsock: hostile guests") {
  TEST_CASE("a packet of no connection is answered by RST, but RST itself") {
    VsockGuest guest;
    for (std::uint16_t operation = VIRTIO_VSOCK_OP_RESPONSE; operation <= VIRTIO_VSOCK_OP_CREDIT_REQUEST; ++operation) {
      guest.send(operation, ports);
      CHECK(guest.settle() == (operation == VIRTIO_VSOCK_OP_RST ? Operations{} : one_reset));
    }
  }

  TEST_CASE("an unknown type, address or operation is answered by RST of the same type and address") {
    VsockGuest guest;
    auto packet = VsockGuest::header(VIRTIO_VSOCK_OP_REQUEST, ports);
    packet.type = VIRTIO_VSOCK_TYPE_SEQPACKET;
    guest.send(packet);
    CHECK(guest.receive().value().header.type == VIRTIO_VSOCK_TYPE_SEQPACKET);
    packet = VsockGuest::header(VIRTIO_VSOCK_OP_REQUEST, ports);
    packet.dst_cid = 77;
    guest.send(packet);
    const auto reset = guest.receive();
    REQUIRE(reset);
    CHECK(reset->header.op == VIRTIO_VSOCK_OP_RST);
    CHECK(+reset->header.src_cid == 77);
    for (const std::uint16_t operation : std::array<std::uint16_t, 3>{0, 8, 0xffff}) {
      guest.send(operation, ports);
      CHECK(guest.settle() == one_reset);
    }
    CHECK(guest.take_request().id == 0);
  }

  TEST_CASE("wrong addresses do not end the connection that has the same ports, wrong packets do") {
    VsockGuest guest;
    const FileDescriptor program = guest.open_from_guest(ports);
    auto packet = VsockGuest::header(VIRTIO_VSOCK_OP_RW, ports);
    packet.dst_cid = 77;
    guest.send(packet);
    packet = VsockGuest::header(VIRTIO_VSOCK_OP_RW, ports);
    packet.type = VIRTIO_VSOCK_TYPE_SEQPACKET;
    guest.send(packet);
    CHECK(guest.settle().size() == 2);
    CHECK(!is_at_end(program));
    guest.send(8, ports);
    CHECK(guest.settle() == one_reset);
    CHECK(is_at_end(program));
    CHECK(guest.counters().violations == 1);
    CHECK(guest.counters().connections == 0);
  }

  TEST_CASE("a sender that is not the guest is reported and not answered") {
    VsockGuest guest;
    auto packet = VsockGuest::header(VIRTIO_VSOCK_OP_REQUEST, ports);
    packet.src_cid = 2;
    guest.send(packet);
    CHECK(guest.settle().empty());
    CHECK(guest.bench().faults().texts.size() == 1);
  }

  TEST_CASE("a length that the buffers do not hold, or that its operation does not have, ends the connection") {
    for (const auto& [operation, length] : {std::pair<std::uint16_t, std::uint32_t>{VIRTIO_VSOCK_OP_RW, 6},
                                            {VIRTIO_VSOCK_OP_RW, UINT32_MAX},
                                            {VIRTIO_VSOCK_OP_CREDIT_UPDATE, 5}}) {
      VsockGuest guest;
      const FileDescriptor program = guest.open_from_guest(ports);
      auto packet = VsockGuest::header(operation, ports);
      packet.len = length;
      guest.send(packet, "five!");
      CHECK(guest.settle() == one_reset);
      CHECK(is_at_end(program));
    }
  }

  TEST_CASE("half a header is reported, and its buffer comes back") {
    VsockGuest guest;
    guest.driver().add(transmit_queue, {{data_address, 43}}, {});
    guest.driver().add(transmit_queue, {}, {{data_address, 100}});
    guest.driver().notify(transmit_queue);
    CHECK(guest.driver().take_used(transmit_queue).value().written_bytes == 0);
    CHECK(guest.driver().take_used(transmit_queue).value().written_bytes == 0);
    CHECK(guest.device().counters().faults == 2);
    CHECK(guest.settle().empty());
  }

  TEST_CASE("data beyond the credit, data before the answer, and a second request end the connection") {
    VsockGuest guest({.guest_cid = guest_cid, .buffer_bytes = 100});
    {
      const FileDescriptor program = guest.open_from_guest(ports);
      guest.send(VIRTIO_VSOCK_OP_RW, ports, std::string(101, 'x'));
      CHECK(guest.settle() == one_reset);
      CHECK(is_at_end(program));
    }
    guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
    guest.send(VIRTIO_VSOCK_OP_RW, ports, "x");
    CHECK(guest.settle() == one_reset);
    CHECK(guest.take_request().port == 80);
    {
      const FileDescriptor program = guest.open_from_guest({.guest = 1, .host = 80});
      guest.send(VIRTIO_VSOCK_OP_REQUEST, {.guest = 1, .host = 80});
      CHECK(guest.settle() == one_reset);
      CHECK(is_at_end(program));
    }
    CHECK(guest.counters().violations == 3);
  }

  TEST_CASE("receive buffers without room for a header come back empty, the packet takes the next") {
    VsockGuest guest({.guest_cid = guest_cid}, 0);
    guest.driver().add(receive_queue, {}, {{data_address, 43}});
    guest.driver().add(receive_queue, {{data_address, 44}}, {});
    guest.driver().add(receive_queue, {}, {{data_address, 44}});
    guest.send(VIRTIO_VSOCK_OP_RW, ports);
    CHECK(guest.driver().take_used(receive_queue).value().written_bytes == 0);
    CHECK(guest.driver().take_used(receive_queue).value().written_bytes == 0);
    CHECK(guest.driver().take_used(receive_queue).value().written_bytes == 44);
    CHECK(guest.device().counters().faults == 2);
  }

  TEST_CASE("receive buffers with room for a header alone get no data, and stall nobody else") {
    VsockGuest guest({.guest_cid = guest_cid}, 16, 44);
    const FileDescriptor program = guest.open_from_guest(ports);
    write_all(program, "data");
    for (int count = 0; count < 20; ++count) {
      const auto packet = guest.receive();
      REQUIRE(packet);
      CHECK(packet->header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    }
  }

  TEST_CASE("answers that nobody fetches stop the guest's queue, and go on when they are") {
    VsockGuest guest({.guest_cid = guest_cid}, 0);
    const auto header = VsockGuest::header(VIRTIO_VSOCK_OP_RW, ports);
    // SAFETY: a structure seen as bytes.
    guest.driver().fill(data_address + 0x200000, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    unsigned sent = 0;
    unsigned taken = 0;
    const auto send_all = [&] {
      while (sent - taken < 256) {
        guest.driver().add(transmit_queue, {{data_address + 0x200000, sizeof header}}, {});
        ++sent;
      }
      guest.driver().notify(transmit_queue);
      for (int count = 0; count < 4; ++count)
        guest.turn();
      while (guest.driver().take_used(transmit_queue))
        ++taken;
    };
    for (int count = 0; count < 4; ++count)
      send_all();
    CHECK(taken == virtio::VsockDevice::maximum_waiting_resets);
    CHECK(sent == taken + 256);
    for (std::uint16_t slot = 0; slot < 200; ++slot)
      guest.add_buffer(slot);
    guest.driver().notify(receive_queue);
    unsigned resets = 0;
    for (int count = 0; count < 10; ++count) {
      guest.turn(std::chrono::milliseconds(1));
      while (guest.receive_now())
        ++resets;
      while (guest.driver().take_used(transmit_queue))
        ++taken;
    }
    CHECK(taken == sent);
    CHECK(resets == sent);
  }
}

} // namespace volt::test
