// The network device on the kernel's taps.
#include <array>
#include <doctest/doctest.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "devices/virtio/net_features.h"
#include "devices/virtio/tap_backend.h"
#include "support/net_bench.h"
#include "support/tap_interface.h"

namespace volt::test {

using namespace virtio;

namespace {

std::unique_ptr<TapBackend> must_create(std::vector<FileDescriptor> queues) {
  auto backend = TapBackend::create(std::move(queues));
  REQUIRE_MESSAGE(backend.ok(), backend.error().message);
  return std::move(backend).value();
}

/// A device on a tap of the kernel's.
struct Fixture {
  explicit Fixture(std::uint16_t pairs = 1, int flags = usual_tap_flags)
      : interface(flags, pairs), net(options_with(pairs), must_create(interface.queues())) {}

  void start(std::uint64_t without = 0) {
    REQUIRE(net.driver.start(net.device().queue_count(), net.driver.offered_features() & ~without, 64));
  }
  /// What the packet socket saw next, with 10 bytes of virtio_net_hdr in front.
  [[nodiscard]] Bytes seen() const {
    Bytes bytes(70000);
    const ssize_t count = recv(interface.packet_socket(), bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  void inject(const Bytes& frame, const virtio_net_hdr_v1& header = {}) const {
    Bytes bytes = with_header(frame, header);
    bytes.erase(bytes.begin() + 10, bytes.begin() + 12);
    REQUIRE(send(interface.packet_socket(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }

  TapInterface interface;
  NetBench net;
};

/// From own_mac; of an EtherType for experiments.
Bytes plain_frame(std::size_t size_bytes) {
  Bytes frame = make_frame(size_bytes);
  frame[12] = 0x88;
  frame[13] = 0xb5;
  return frame;
}

/// TCP over IPv4: as much of both headers as the kernel looks at.
Bytes tcp_frame(std::size_t payload_bytes) {
  const std::size_t ip_bytes = 20 + 20 + payload_bytes;
  const std::array<std::uint8_t, 42> headers{0x08,
                                             0x00, // EtherType
                                             0x45,
                                             0,
                                             static_cast<std::uint8_t>(ip_bytes >> 8),
                                             static_cast<std::uint8_t>(ip_bytes), // version, length
                                             0,
                                             1,
                                             0x40,
                                             0,
                                             64,
                                             6,
                                             0,
                                             0, // TTL, TCP
                                             10,
                                             0,
                                             0,
                                             1,
                                             10,
                                             0,
                                             0,
                                             2, // addresses
                                             0,
                                             9,
                                             0,
                                             9,
                                             0,
                                             0,
                                             0,
                                             1,
                                             0,
                                             0,
                                             0,
                                             1,
                                             0x50,
                                             0x10,
                                             1,
                                             0,
                                             0,
                                             0,
                                             0,
                                             0}; // ports 9, ACK
  Bytes frame = make_frame(14 + ip_bytes);
  std::ranges::copy(headers, frame.begin() + 12);
  std::uint32_t sum = 0;
  for (std::size_t at = 14; at < 34; at += 2)
    sum += static_cast<std::uint32_t>(frame[at] << 8 | frame[at + 1]);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[24] = static_cast<std::uint8_t>(sum >> 8);
  frame[25] = static_cast<std::uint8_t>(sum);
  return frame;
}

constexpr virtio_net_hdr_v1 segments{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                     .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                     .hdr_len = 54,
                                     .gso_size = 1400,
                                     .csum_start = 34,
                                     .csum_offset = 16};

int errno_of(const Result<std::unique_ptr<TapBackend>>& refused) {
  if (refused.ok()) return 0;
  CHECK(!refused.error().hint.empty());
  return refused.error().host_errno;
}

} // namespace

TEST_SUITE("devices/virtio/tap_backend" * doctest::skip(!can_make_taps())) {
  TEST_CASE("frames go through the kernel's tap in both directions") {
    Fixture fixture;
    fixture.start();
    fixture.net.send(with_header(plain_frame(60)));
    const Bytes seen = fixture.seen();
    REQUIRE(seen.size() == 70);
    CHECK(Bytes(seen.begin() + 10, seen.end()) == plain_frame(60));
    const std::uint64_t room = fixture.net.offer_room(2000);
    fixture.inject(plain_frame(80));
    const auto used = fixture.net.driver.wait_used(0);
    REQUIRE(used);
    CHECK(used->written_bytes == 92);
    CHECK(fixture.net.driver.bytes(room + 12, 80) == plain_frame(80));
    CHECK(fixture.net.driver.half_word(room + 10) == 1);
  }

  TEST_CASE("the kernel gets what the guest wants to have segmented, whole") {
    Fixture fixture;
    fixture.start();
    const Bytes frame = tcp_frame(40000);
    fixture.net.send(with_header(frame, segments));
    const Bytes seen = fixture.seen();
    REQUIRE(seen.size() == 10 + frame.size());
    CHECK((seen[1] & 0x7f) == VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK((seen[4] | seen[5] << 8) == 1400);
  }

  TEST_CASE("what the kernel refuses, such as for an interface that is down, is counted, and the link stays") {
    Fixture fixture;
    fixture.start();
    fixture.interface.take_down();
    fixture.net.send(with_header(plain_frame(60)));
    CHECK(fixture.net.driver.take_used(1));
    CHECK(fixture.net.dropped(NetDrop::refused) == 1);
    CHECK(fixture.net.device().net_counters().frames_from_guest == 0);
    CHECK(fixture.net.link_downs.empty());
  }

  TEST_CASE("segments come in whole where the guest takes them, and cut by the kernel where it does not") {
    for (const bool takes_segments : {true, false}) {
      Fixture fixture;
      fixture.start(takes_segments ? 0 : guest_offloads);
      for (int count = 0; count < 20; ++count)
        fixture.net.offer_room(4096);
      fixture.inject(tcp_frame(14000), segments);
      std::vector<std::uint32_t> lengths;
      while (const auto used = fixture.net.driver.take_used(0))
        lengths.push_back(used->written_bytes);
      const auto first = fixture.net.driver.wait_used(0);
      REQUIRE(first);
      if (takes_segments) {
        CHECK(first->written_bytes == 4096);
        CHECK(fixture.net.driver.half_word(data_address + 10) == 4);
        CHECK(fixture.net.device().net_counters().frames_to_guest == 1);
      } else {
        CHECK(first->written_bytes == 12 + 54 + 1400);
        CHECK(fixture.net.driver.bytes(data_address, 2) == Bytes{0, 0});
        CHECK(fixture.net.device().net_counters().frames_to_guest == 10);
      }
    }
  }

  TEST_CASE("the kernel's tap does what the newest features need") {
    Fixture fixture;
    const std::uint64_t offloads = must_create(fixture.interface.queues())->offloads();
    CHECK((offloads & net_feature(VIRTIO_NET_F_CSUM)) != 0);
    CHECK((offloads & net_feature(VIRTIO_NET_F_GUEST_TSO4)) != 0);
    CHECK(((offloads & net_feature(VIRTIO_NET_F_HOST_USO)) != 0) ==
          ((offloads & net_feature(VIRTIO_NET_F_GUEST_USO6)) != 0));
  }

  TEST_CASE("queues are attached as the driver uses pairs, and again for the next device") {
    TapInterface interface(usual_tap_flags | IFF_MULTI_QUEUE, 2);
    for (int boot = 0; boot < 2; ++boot) {
      NetBench net(options_with(2), must_create(interface.queues()));
      REQUIRE(net.driver.start(5, std::nullopt, 64));
      const auto is_attached = [&](std::size_t queue) {
        ifreq request{};
        REQUIRE(ioctl(interface.queues()[queue].get(), TUNGETIFF, &request) == 0);
        return (request.ifr_flags & IFF_DETACH_QUEUE) == 0;
      };
      CHECK(is_attached(0));
      CHECK(!is_attached(1));
      CHECK(net.command({4, 0, 2, 0}, 4) == 0);
      CHECK(is_attached(1));
      net.send(with_header(plain_frame(60)), 3);
      CHECK(net.device().net_counters().frames_from_guest == 1);
      CHECK(net.command({4, 0, 1, 0}, 4) == 0);
      CHECK(!is_attached(1));
      CHECK(net.link_downs.empty());
    }
  }

  TEST_CASE("an interface that is deleted takes the link down") {
    for (const bool has_buffers : {true, false}) {
      Fixture fixture;
      fixture.start();
      if (has_buffers) fixture.net.offer_room(2000);
      fixture.interface.remove();
      fixture.net.turn();
      CHECK(fixture.net.link_downs.size() == (has_buffers ? 1 : 0)); // nothing tells a device that does not listen
      fixture.net.send(with_header(plain_frame(60)));
      CHECK(fixture.net.driver.take_used(1));
      CHECK(fixture.net.link_downs.size() == 1);
    }
  }

  TEST_CASE("interfaces that will not do are refused, with a hint") {
    CHECK(errno_of(TapBackend::create(TapInterface(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR).queues())) == EINVAL);
    CHECK(errno_of(TapBackend::create(TapInterface(IFF_TAP | IFF_NO_PI).queues())) == EINVAL);
    const TapInterface single;
    const TapInterface multiple(usual_tap_flags | IFF_MULTI_QUEUE, 1);
    std::vector<FileDescriptor> mixed = single.queues();
    mixed.push_back(std::move(single.queues().front()));
    CHECK(errno_of(TapBackend::create(std::move(mixed))) == EINVAL);
    std::vector<FileDescriptor> sockets;
    sockets.push_back(SocketPair(SOCK_STREAM).device);
    CHECK(errno_of(TapBackend::create(std::move(sockets))) == ENOTTY);
    const auto too_few = NetDevice::create(options_with(2), multiple.queues(), {});
    REQUIRE(!too_few.ok());
    CHECK(too_few.error().host_errno == EINVAL);
    CHECK(NetDevice::create(options_with(), single.queues(), {}).ok());
  }

  TEST_CASE("a failure at every step of the construction is an error") {
    const TapInterface interface(usual_tap_flags | IFF_MULTI_QUEUE, 2);
    unsigned failures = 0;
    for (unsigned step = 1;; ++step) {
      std::vector<FileDescriptor> queues = interface.queues();
      fault::arm(step);
      const auto backend = TapBackend::create(std::move(queues));
      fault::arm(0);
      if (backend.ok()) break;
      CHECK(backend.error().host_errno == ENOMEM);
      ++failures;
    }
    CHECK(failures == 6);
  }
}

} // namespace volt::test
