// The split virtqueue with drivers that keep the rules.
#include <doctest/doctest.h>

#include "support/probe_fixture.h"

namespace volt::test {

using virtio::DescriptorChain;
using virtio::VIRTQ_DESC_F_INDIRECT;
using virtio::VIRTQ_DESC_F_NEXT;
using virtio::VIRTQ_DESC_F_WRITE;

namespace {

constexpr std::uint64_t table_address = 0x180000;

} // namespace

TEST_SUITE("devices/virtio/split_queue") {
  TEST_CASE("a chain's buffers arrive in order with their directions and lengths") {
    RunningProbe fixture;
    fixture.driver.fill(data_address, std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
    fixture.driver.add(0, {{data_address, 2}, {data_address + 2, 4}},
                       {{data_address + 0x1000, 3}, {data_address + 0x2000, 5}});
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 1);
    const DescriptorChain& chain = fixture.device().held[0];
    CHECK(chain.readable.size_bytes() == 6);
    CHECK(chain.writable.size_bytes() == 8);
    std::array<std::uint8_t, 3> read{};
    CHECK(chain.readable.read(1, read) == 3);
    CHECK(read == std::array<std::uint8_t, 3>{2, 3, 4});
    CHECK(chain.readable.read(5, read) == 1);
    CHECK(chain.readable.read(6, read) == 0);
    CHECK(chain.writable.write(2, read) == 3);
    CHECK(fixture.driver.bytes(data_address + 0x1002, 1)[0] == 6);
    CHECK(fixture.driver.bytes(data_address + 0x2000, 2) == std::vector<std::uint8_t>{3, 4});
    CHECK(chain.writable.write(7, read) == 1);
    CHECK(chain.writable.slice(2, 4).size_bytes() == 4);
    CHECK(chain.writable.slice(2, 4).pieces().size() == 2);
    CHECK(chain.writable.slice(8, 4).pieces().empty());
  }

  TEST_CASE("a chain is returned with its head and what was written, and the ring may wrap round") {
    RunningProbe fixture(version_1, 4);
    for (unsigned turn = 0; turn < 70'000; ++turn) { // past 65536, where indices wrap
      const std::uint16_t head = fixture.driver.add(0, {{data_address, 1}}, {{data_address, 7}});
      fixture.driver.notify(0);
      fixture.device().return_all(0);
      const auto used = fixture.driver.take_used(0);
      REQUIRE(used);
      REQUIRE(used->head == head);
      REQUIRE(used->written_bytes == 7);
      REQUIRE(!fixture.driver.take_used(0));
    }
    CHECK(fixture.bench.transport().state().queues[0].next_used == static_cast<std::uint16_t>(70'000));
  }

  TEST_CASE("an indirect table serves alone or behind direct buffers, and its write flag means nothing") {
    RunningProbe fixture;
    fixture.driver.add_indirect(0, table_address, {{data_address, 16}},
                                {{data_address + 0x1000, 512}, {data_address + 0x2000, 1}});
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 1);
    CHECK(fixture.device().held[0].readable.size_bytes() == 16);
    CHECK(fixture.device().held[0].writable.size_bytes() == 513);
    fixture.driver.set_descriptor(0, 8, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 9});
    fixture.driver.set_descriptor(
        0, 9, {.addr = table_address, .len = 48, .flags = VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_WRITE, .next = 0});
    fixture.driver.offer(0, 8);
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 2);
    CHECK(fixture.device().held[1].readable.size_bytes() == 20);
  }

  TEST_CASE("a buffer may cross from one region of memory into another that touches it") {
    RunningProbe fixture;
    fixture.driver.add(0, {{border_address - 8, 16}}, {});
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 1);
    CHECK(fixture.device().held[0].readable.size_bytes() == 16);
    CHECK(fixture.device().held[0].readable.pieces().size() == 2);
  }

  TEST_CASE("memory above 4 GiB is reached") {
    RunningProbe fixture;
    fixture.driver.add(0, {}, {{high_address + high_bytes - 4, 4}});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 1);
  }

  TEST_CASE("interrupts come unless the driver's flag suppresses them") {
    RunningProbe fixture(version_1);
    const auto round = [&] {
      fixture.driver.add(0, {{data_address, 1}}, {});
      fixture.driver.notify(0);
      fixture.device().return_all(0);
      return fixture.bench.interrupt().count();
    };
    CHECK(round() == 1);
    CHECK(fixture.bench.transport().interrupt_status() == 1);
    fixture.driver.set_half_word(VirtioDriver::driver_ring(0), 1);
    CHECK(round() == 1);
    fixture.driver.set_half_word(VirtioDriver::driver_ring(0), 0);
    CHECK(round() == 2);
    fixture.device().return_all(0); // nothing was returned
    CHECK(fixture.bench.interrupt().count() == 2);
  }

  TEST_CASE("with event indices an interrupt comes when the used index passes the driver's event") {
    RunningProbe fixture(version_1 | event_index);
    const std::uint64_t used_event = VirtioDriver::driver_ring(0) + 4 + 16 * 2;
    fixture.driver.set_half_word(used_event, 2);
    const auto round = [&] {
      fixture.driver.add(0, {{data_address, 1}}, {});
      fixture.driver.notify(0);
      fixture.device().return_all(0);
      return fixture.bench.interrupt().count();
    };
    CHECK(round() == 0);
    CHECK(round() == 0);
    CHECK(round() == 1);
    CHECK(round() == 1);
    // The device says from which index on it wants to be notified.
    CHECK(fixture.driver.half_word(VirtioDriver::device_ring(0) + 4 + 16 * 8) == 4);
  }

  TEST_CASE("without event indices the device suppresses notifications while it has no room") {
    RunningProbe fixture(version_1);
    fixture.device().room = 1;
    fixture.driver.add(0, {{data_address, 1}}, {});
    fixture.driver.add(0, {{data_address, 1}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 1);
    CHECK(fixture.driver.half_word(VirtioDriver::device_ring(0)) == 1);
    fixture.device().room = 10;
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 2);
    CHECK(fixture.driver.half_word(VirtioDriver::device_ring(0)) == 0);
  }

  TEST_CASE("one round serves a ring's worth at most, and the next goes on") {
    RunningProbe fixture(version_1, 4);
    // The driver offers the same head again and again: more than the ring holds while it is being served.
    for (unsigned turn = 0; turn < 4; ++turn)
      fixture.driver.add(0, {{data_address, 1}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 4);
    fixture.bench.loop().turn();
    CHECK(fixture.device().held.size() == 4);
    CHECK(fixture.device().notifications >= 2); // the rest was looked for on a later round
  }
}

} // namespace volt::test
