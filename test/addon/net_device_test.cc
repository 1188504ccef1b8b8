// The network device behind its registers, on sockets that keep frames apart as a tap does.
#include <csignal>
#include <doctest/doctest.h>

#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

TEST_SUITE("devices/virtio/net_device") {
  TEST_CASE("it shows a card with address, link, pairs and MTU") {
    NetOptions options = options_with(4);
    options.mtu = 9000;
    TapBench bench(options);
    CHECK(bench.net.driver.read(0x008) == 1);
    CHECK(bench.net.device().queue_count() == 9);
    Bytes configuration(16);
    bench.net.bench.transport().read(0x100, configuration);
    CHECK(configuration == Bytes{2, 0, 0, 0, 0, 1, 1, 0, 4, 0, 0x28, 0x23, 0, 0, 0, 0});
  }

  TEST_CASE("offloads are offered where the back end can and the options allow; several pairs only where they are") {
    const std::uint64_t always = net_feature(VIRTIO_NET_F_MAC) | net_feature(VIRTIO_NET_F_STATUS) |
                                 net_feature(VIRTIO_NET_F_MTU) | net_feature(VIRTIO_NET_F_MRG_RXBUF) |
                                 net_feature(VIRTIO_NET_F_CTRL_VQ) | net_feature(VIRTIO_NET_F_CTRL_RX);
    const std::uint64_t dynamic = net_feature(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
    NetOptions options = options_with();
    CHECK(offered_net_features(options, 0) == always);
    CHECK(offered_net_features(options, all_offloads) == (always | all_offloads | dynamic));
    CHECK(offered_net_features(options, UINT64_MAX) == (always | all_offloads | dynamic));
    options.offloads = false;
    options.pairs = 2;
    CHECK(offered_net_features(options, all_offloads) == (always | net_feature(VIRTIO_NET_F_MQ)));
  }

  TEST_CASE("features without the one that they need do not count") {
    CHECK(consistent_net_features(all_offloads) == all_offloads);
    CHECK(consistent_net_features(all_offloads & ~net_feature(VIRTIO_NET_F_CSUM)) == guest_offloads);
    CHECK(consistent_net_features(all_offloads & ~net_feature(VIRTIO_NET_F_GUEST_CSUM)) == host_offloads);
    CHECK(consistent_net_features(net_feature(VIRTIO_NET_F_MQ) | net_feature(VIRTIO_NET_F_CTRL_RX)) == 0);
  }

  TEST_CASE("the guest's frames reach the tap with their header, in order, and their chains come back") {
    TapBench bench;
    bench.start();
    const virtio_net_hdr_v1 header{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 6};
    const std::uint16_t first = bench.net.offer_frame(with_header(make_frame(60), header));
    const std::uint16_t second = bench.net.send(with_header(make_frame(1514, 2)));
    CHECK(bench.sent() == with_header(make_frame(60), header));
    CHECK(bench.sent() == with_header(make_frame(1514, 2)));
    CHECK(bench.net.driver.take_used(1)->head == first);
    const auto used = bench.net.driver.take_used(1);
    REQUIRE(used);
    CHECK(used->head == second);
    CHECK(used->written_bytes == 0);
    CHECK(bench.net.device().net_counters().frames_from_guest == 2);
    CHECK(bench.net.device().counters().bytes_from_guest == 1574);
    CHECK(bench.net.bench.interrupt().count() == 1);
  }

  TEST_CASE("a frame in more pieces than one call takes is sent whole") {
    TapBench bench;
    bench.start();
    const Bytes message = with_header(make_frame(2000));
    bench.net.driver.fill(data_address, message);
    std::vector<Buffer> pieces;
    for (std::uint32_t at = 0; at < 1023; ++at)
      pieces.push_back({data_address + at, 1});
    pieces.push_back({data_address + 1023, static_cast<std::uint32_t>(message.size() - 1023)});
    bench.net.driver.add_indirect(1, 0x400000, pieces, {});
    bench.net.driver.notify(1);
    CHECK(bench.sent() == message);
  }

  TEST_CASE("bad frames are dropped, counted by reason and returned; the next one is sent") {
    TapBench bench;
    bench.start();
    NetBench& net = bench.net;
    net.offer_frame(Bytes(11));
    net.offer_frame(Bytes(12 + 13));
    net.offer_frame(Bytes(12 + 65551));
    net.offer_frame(with_header(make_frame(60), {.gso_type = 77}));
    net.offer_frame(with_header(make_frame(60, 1, other_mac)));
    net.driver.add(1, {{data_address, 100}}, {{data_address, 100}});
    net.send(with_header(make_frame(60)));
    for (int count = 0; count < 7; ++count)
      CHECK(net.driver.take_used(1));
    CHECK(net.dropped(NetDrop::malformed) == 3);
    CHECK(net.dropped(NetDrop::too_long) == 1);
    CHECK(net.dropped(NetDrop::bad_header) == 1);
    CHECK(net.dropped(NetDrop::spoofed) == 1);
    CHECK(net.device().counters().faults == 5); // a spoofed address is none
    CHECK(net.bench.faults().texts.size() == 1);
    CHECK(bench.sent() == with_header(make_frame(60)));
    CHECK(bench.sent().empty());
    CHECK((net.driver.status() & 0x40) == 0);
  }

  TEST_CASE("any source address goes where spoofing is not prevented") {
    NetOptions options = options_with();
    options.prevent_spoofing = false;
    TapBench bench(options);
    bench.start();
    bench.net.send(with_header(make_frame(60, 1, other_mac)));
    CHECK(bench.sent() == with_header(make_frame(60, 1, other_mac)));
  }

  TEST_CASE("a tap that is full makes the driver wait, and goes on when there is room") {
    TapBench bench;
    bench.start(0, 256);
    for (int count = 0; count < 256; ++count)
      bench.net.offer_frame(with_header(make_frame(4000, static_cast<std::uint8_t>(count))));
    bench.net.driver.notify(1);
    const std::uint64_t sent = bench.net.device().net_counters().frames_from_guest;
    CHECK(sent < 256);
    for (int count = 0; count < 256; ++count) {
      CHECK(bench.sent() == with_header(make_frame(4000, static_cast<std::uint8_t>(count))));
      bench.net.turn();
    }
    CHECK(bench.net.device().net_counters().frames_from_guest == 256);
  }

  TEST_CASE("offloads and pairs reach the back end: what was negotiated, then what commands say") {
    TapBench bench(options_with(4));
    bench.start(net_feature(VIRTIO_NET_F_GUEST_TSO6));
    CHECK(bench.tap.used_offloads.back() == (guest_offloads & ~net_feature(VIRTIO_NET_F_GUEST_TSO6)));
    CHECK(bench.tap.used_ports.back() == 1);
    CHECK(bench.net.command({5, 0, 2, 0, 0, 0, 0, 0, 0, 0}, 8) == 0);
    CHECK(bench.tap.used_offloads.back() == net_feature(VIRTIO_NET_F_GUEST_CSUM));
    CHECK(bench.net.command({4, 0, 3, 0}, 8) == 0);
    CHECK(bench.tap.used_ports.back() == 3);
    CHECK(bench.net.command({4, 0, 5, 0}, 8) == 1);
    const NetState state = bench.net.device().state();
    CHECK(state.version == 1);
    CHECK(state.used_pairs == 3);
    CHECK(state.guest_offloads == net_feature(VIRTIO_NET_F_GUEST_CSUM));
    CHECK(state.pairs.size() == 4);
  }

  TEST_CASE("pairs carry frames while they are in use") {
    TapBench bench(options_with(2));
    bench.start();
    bench.net.send(with_header(make_frame(60)), 3);
    CHECK(bench.net.dropped(NetDrop::no_link) == 1);
    CHECK(bench.net.driver.take_used(3));
    REQUIRE(bench.net.command({4, 0, 2, 0}, 4) == 0);
    bench.net.send(with_header(make_frame(60)), 3);
    CHECK(bench.sent(1) == with_header(make_frame(60)));
    bench.net.offer_room(2000, 2);
    bench.arrive(make_frame(80), {}, 1);
    CHECK(bench.net.driver.wait_used(2));
    REQUIRE(bench.net.command({4, 0, 1, 0}, 4) == 0);
    bench.net.offer_room(2000, 2);
    bench.arrive(make_frame(80), {}, 1);
    CHECK(!bench.net.driver.take_used(2));
  }

  TEST_CASE("without VIRTIO_NET_F_MQ the control queue is the third") {
    TapBench bench(options_with(2));
    bench.start(net_feature(VIRTIO_NET_F_MQ));
    CHECK(bench.net.command({0, 0, 1}, 2) == 0);
    CHECK(bench.net.command({4, 0, 2, 0}, 2) == 1);
    bench.net.driver.add(4, {{data_address, 3}}, {{data_address + 16, 1}});
    bench.net.driver.notify(4);
    CHECK(!bench.net.driver.take_used(4));
  }

  TEST_CASE("a command without room for its answer is a fault and comes back") {
    TapBench bench;
    bench.start();
    bench.net.driver.add(2, {{data_address, 3}}, {});
    bench.net.driver.notify(2);
    CHECK(bench.net.driver.take_used(2)->written_bytes == 0);
    CHECK(bench.net.bench.faults().texts.size() == 1);
  }

  TEST_CASE("a queue that breaks stops all of the device until a reset") {
    for (const std::uint16_t queue : {std::uint16_t{1}, std::uint16_t{2}}) {
      TapBench bench;
      bench.start();
      bench.net.offer_room(2000);
      bench.net.driver.set_half_word(VirtioDriver::driver_ring(queue) + 2, 1000);
      bench.net.driver.notify(queue);
      CHECK((bench.net.driver.status() & 0x40) == 0x40);
      bench.arrive(make_frame(60));
      CHECK(!bench.net.driver.take_used(0));
      bench.start();
      bench.net.offer_room(2000);
      CHECK(bench.net.driver.wait_used(0));
    }
  }

  TEST_CASE("when the other end goes the link goes down once, and the device goes on") {
    TapBench bench;
    bench.start();
    CHECK(bench.net.link_status() == 1);
    const unsigned before = bench.net.bench.interrupt().count();
    bench.tap.far_end(0) = FileDescriptor();
    bench.net.turn();
    bench.net.turn();
    CHECK(bench.net.link_downs.size() == 1);
    CHECK(bench.net.link_status() == 0);
    CHECK(bench.net.bench.interrupt().count() == before + 1);
    CHECK(bench.net.bench.transport().interrupt_status() == 2);
    bench.net.send(with_header(make_frame(60)));
    CHECK(bench.net.driver.take_used(1));
    CHECK(bench.net.dropped(NetDrop::no_link) == 1);
    CHECK(bench.net.command({0, 0, 1}, 2) == 0);
    bench.start();
    CHECK(bench.net.link_status() == 0);
    CHECK(!bench.net.device().state().has_link);
    CHECK(bench.net.link_downs.size() == 1);
  }

  TEST_CASE("a link that fails while frames wait gives them back") {
    const auto ignored = std::signal(SIGPIPE, SIG_IGN);
    TapBench bench;
    bench.start(0, 256);
    for (int count = 0; count < 256; ++count)
      bench.net.offer_frame(with_header(make_frame(4000)));
    bench.net.driver.notify(1);
    bench.tap.far_end(0) = FileDescriptor();
    for (int round = 0; round < 4; ++round)
      bench.net.turn();
    for (int count = 0; count < 256; ++count)
      CHECK(bench.net.driver.take_used(1));
    CHECK(bench.net.dropped(NetDrop::no_link) + bench.net.device().net_counters().frames_from_guest == 256);
    static_cast<void>(std::signal(SIGPIPE, ignored));
  }

  TEST_CASE("an interface that is gone when the driver comes, or gives a command, means no link") {
    TapBench gone_before;
    gone_before.tap.is_gone = true;
    gone_before.start();
    CHECK(gone_before.net.link_downs.size() == 1);
    TapBench gone_after(options_with(2));
    gone_after.start();
    gone_after.tap.is_gone = true;
    CHECK(gone_after.net.command({4, 0, 2, 0}, 4) == 1);
    CHECK(gone_after.net.link_status() == 0);
  }

  TEST_CASE("a reset with frames in flight in both directions forgets them") {
    TapBench bench;
    bench.start(0, 256);
    bench.net.offer_room(500);
    bench.arrive(make_frame(1200)); // waits for buffers
    for (int count = 0; count < 256; ++count)
      bench.net.offer_frame(with_header(make_frame(4000)));
    bench.net.driver.notify(1);
    CHECK(!bench.net.device().state().pairs[0].transmit_heads.empty());
    CHECK(!bench.net.device().state().pairs[0].receive_heads.empty());
    bench.start();
    CHECK(bench.net.device().state().pairs[0].transmit_heads.empty());
    while (!bench.sent().empty()) {
    }
    bench.net.turn();
    CHECK(bench.sent().empty());
    bench.net.offer_room(2000);
    bench.arrive(make_frame(70));
    CHECK(bench.net.driver.wait_used(0)->written_bytes == 82);
    bench.net.send(with_header(make_frame(60)));
    CHECK(bench.sent() == with_header(make_frame(60)));
  }
}

} // namespace volt::test
