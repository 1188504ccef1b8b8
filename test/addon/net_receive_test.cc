// Frames to the guest, over buffers of all sizes.
#include <doctest/doctest.h>

#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

TEST_SUITE("devices/virtio/net_receiver") {
  TEST_CASE("a frame that comes in lies in one buffer, behind a header that says so") {
    for (const std::uint64_t without : {std::uint64_t{0}, no_merging}) {
      TapBench bench;
      bench.start(without);
      const std::uint64_t room = bench.net.offer_room(2000);
      bench.arrive(make_frame(100));
      const auto used = bench.net.driver.take_used(0);
      REQUIRE(used);
      CHECK(used->written_bytes == 112);
      virtio_net_hdr_v1 header{};
      header.num_buffers = 1;
      CHECK(bench.net.driver.bytes(room, 112) == with_header(make_frame(100), header));
      CHECK(bench.net.driver.bytes(room + 112, 1) == Bytes{0xee});
      CHECK(bench.net.device().net_counters().frames_to_guest == 1);
      CHECK(bench.net.device().counters().bytes_to_guest == 100);
      CHECK(bench.net.bench.interrupt().count() == 1);
    }
  }

  TEST_CASE("a large frame spans merged buffers, which become used together") {
    TapBench bench;
    bench.start();
    std::vector<std::uint64_t> rooms;
    for (const std::uint32_t size : {12U, 40U, 1000U, 13U, 60000U, 2000U})
      rooms.push_back(bench.net.offer_room(size));
    const Bytes frame = make_frame(50000);
    const virtio_net_hdr_v1 header{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                   .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                   .hdr_len = 54,
                                   .gso_size = 1448,
                                   .csum_start = 34,
                                   .csum_offset = 16};
    bench.arrive(frame, header);
    Bytes joined;
    for (const std::uint32_t size : {12U, 40U, 1000U, 13U, 50012U - 1065U}) {
      const auto used = bench.net.driver.take_used(0);
      REQUIRE(used);
      CHECK(used->written_bytes == size);
      const Bytes part = bench.net.driver.bytes(rooms[used->head], size);
      joined.insert(joined.end(), part.begin(), part.end());
    }
    CHECK(!bench.net.driver.take_used(0));
    virtio_net_hdr_v1 merged = header;
    merged.num_buffers = 5;
    CHECK(joined == with_header(frame, merged));
  }

  TEST_CASE("a frame waits for buffers where there are not enough, and is lost where the whole ring has too little") {
    TapBench bench;
    bench.start();
    bench.net.offer_room(500);
    bench.arrive(make_frame(1200));
    CHECK(!bench.net.driver.take_used(0));
    CHECK(bench.net.device().state().pairs[0].receive_heads.size() == 1);
    const std::uint64_t second = bench.net.offer_room(1000);
    CHECK(bench.net.driver.take_used(0)->written_bytes == 500);
    CHECK(bench.net.driver.take_used(0)->written_bytes == 712);
    const Bytes frame = make_frame(1200);
    CHECK(bench.net.driver.bytes(second, 712) == Bytes(frame.begin() + 488, frame.end()));
    for (int count = 0; count < 16; ++count)
      bench.net.offer_room(64);
    bench.arrive(make_frame(1200));
    CHECK(bench.net.dropped(NetDrop::no_room) == 1);
    bench.arrive(make_frame(60));
    CHECK(bench.net.driver.take_used(0)->written_bytes == 64);
  }

  TEST_CASE("without merged buffers a frame that does not fit its buffer is lost, and the buffer serves the next") {
    TapBench bench;
    bench.start(no_merging);
    const std::uint64_t room = bench.net.offer_room(200);
    bench.net.offer_room(2000);
    bench.arrive(make_frame(189));
    CHECK(bench.net.dropped(NetDrop::no_room) == 1);
    CHECK(!bench.net.driver.take_used(0));
    bench.arrive(make_frame(188));
    CHECK(bench.net.driver.take_used(0)->written_bytes == 200);
    virtio_net_hdr_v1 header{};
    header.num_buffers = 1;
    CHECK(bench.net.driver.bytes(room, 200) == with_header(make_frame(188), header));
  }

  TEST_CASE("frames wait in the tap until the driver has buffers") {
    TapBench bench;
    bench.start();
    bench.arrive(make_frame(60));
    bench.arrive(make_frame(60, 2));
    bench.net.turn();
    CHECK(bench.net.device().net_counters().frames_to_guest == 0);
    bench.net.offer_room(2000);
    bench.net.offer_room(2000);
    CHECK(bench.net.driver.wait_used(0));
    CHECK(bench.net.driver.wait_used(0));
  }

  TEST_CASE("frames that the driver cannot take as they are, are dropped; flags are zero without GUEST_CSUM") {
    TapBench bench(options_with(), 0);
    bench.start();
    const std::uint64_t room = bench.net.offer_room(2000);
    bench.arrive(make_frame(100), {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 6});
    bench.arrive(make_frame(100), {.gso_type = VIRTIO_NET_HDR_GSO_TCPV6});
    bench.arrive(Bytes(13));
    bench.arrive(make_frame(65551));
    CHECK(bench.net.dropped(NetDrop::unsuitable) == 4);
    bench.arrive(make_frame(100), {.flags = VIRTIO_NET_HDR_F_DATA_VALID});
    REQUIRE(bench.net.driver.take_used(0));
    CHECK(bench.net.driver.bytes(room, 1) == Bytes{0});
  }

  TEST_CASE("a receive buffer without room for a header, or to read from, needs a reset, behind which all is well") {
    for (const bool is_readable : {false, true}) {
      TapBench bench;
      bench.start();
      if (is_readable)
        bench.net.driver.add(0, {{data_address, 100}}, {{data_address, 2000}});
      else
        bench.net.offer_room(11);
      bench.net.driver.notify(0);
      CHECK((bench.net.driver.status() & 0x40) == 0x40);
      bench.arrive(make_frame(60));
      CHECK(!bench.net.driver.take_used(0));
      bench.start();
      bench.net.offer_room(2000);
      CHECK(bench.net.driver.wait_used(0));
    }
  }
}

} // namespace volt::test
