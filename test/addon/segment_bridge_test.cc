// The bridge of a private network on the kernel: what the taps of guests with offloads get, and who is on it.
#include <doctest/doctest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "support/tap_interface.h"
#include "vmm/segment/bridge.h"

using namespace volt;

namespace {

constexpr std::uint16_t port = 68;
/// struct virtio_net_hdr, whose first byte are its flags (virtio 1.2 §5.1.6).
constexpr std::size_t header_bytes = 10;
/// Of a UDP datagram's destination port, behind Ethernet and IPv4.
constexpr std::size_t port_offset = header_bytes + 14 + 20 + 2;

/// Runs `body` on a thread in a network namespace of its own.
template <typename Body>
void in_namespace(const Body& body) {
  std::thread([&body] {
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    body();
  }).join();
}

/// As dnsmasq sends an offer.
void broadcast() {
  const FileDescriptor sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  REQUIRE(setsockopt(sender.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) == 0);
  REQUIRE(setsockopt(sender.get(), SOL_SOCKET, SO_BINDTODEVICE, Bridge::name, sizeof "volt0") == 0);
  sockaddr_in everyone{};
  everyone.sin_family = AF_INET;
  everyone.sin_port = htons(port);
  everyone.sin_addr.s_addr = INADDR_BROADCAST;
  REQUIRE(sendto(sender.get(), "offer", 5, 0, reinterpret_cast<const sockaddr*>(&everyone), sizeof everyone) == 5);
}

/// Of the virtio header before the broadcast; -1 where none came.
int flags_of_broadcast(int tap) {
  std::array<std::uint8_t, 2048> frame{};
  for (pollfd request{.fd = tap, .events = POLLIN, .revents = 0}; poll(&request, 1, 100) > 0;) {
    const ssize_t count = read(tap, frame.data(), frame.size());
    if (count > static_cast<ssize_t>(port_offset) + 1 && frame[port_offset] == 0 && frame[port_offset + 1] == port)
      return frame[0];
  }
  return -1;
}

/// A port forwards once the kernel has looked at its link, which it does up to a second after it is up.
int flags_once_forwarded(int tap) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    broadcast();
    if (const int flags = flags_of_broadcast(tap); flags >= 0) return flags;
  }
  return -1;
}

} // namespace

TEST_SUITE("vmm/segment bridge" * doctest::skip(!test::can_make_taps())) {
  TEST_CASE("what the segment itself sends has its checksum, also for a guest that would fill it in") {
    in_namespace([] {
      auto bridge = Bridge::create(*parse_subnet("10.130.16.1/20"));
      REQUIRE(bridge.ok());
      const auto tap = bridge.value().add_tap(1, 1500);
      REQUIRE(tap.ok());
      const int queue = tap.value().queues.front().get();
      REQUIRE(ioctl(queue, TUNSETOFFLOAD, TUN_F_CSUM) == 0);
      CHECK(flags_once_forwarded(queue) == 0);
    });
  }

  TEST_CASE("the bridge's hardware address stays while taps come and go, and a tap goes with its descriptors") {
    in_namespace([] {
      auto bridge = Bridge::create(*parse_subnet("10.130.16.1/20"));
      REQUIRE(bridge.ok());
      const auto address = [] {
        const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        std::ranges::copy(std::string_view(Bridge::name), request.ifr_name);
        REQUIRE(ioctl(any.get(), SIOCGIFHWADDR, &request) == 0);
        return std::string(request.ifr_hwaddr.sa_data, 6);
      };
      const std::string before("\x02\x00\x0a\x82\x10\x01", 6);
      CHECK(address() == before);
      std::vector<Bridge::Tap> taps;
      for (int count = 0; count < 8; ++count) {
        auto tap = bridge.value().add_tap(2, 1400);
        REQUIRE(tap.ok());
        taps.push_back(std::move(tap).value());
      }
      CHECK(address() == before);
      bridge.value().take_changes();
      const int interface = taps.front().interface;
      CHECK(bridge.value().has(interface));
      taps.front().queues.pop_back();
      CHECK(bridge.value().has(interface));
      taps.front().queues.clear();
      CHECK_FALSE(bridge.value().has(interface));
      pollfd change{.fd = bridge.value().changes(), .events = POLLIN, .revents = 0};
      CHECK(poll(&change, 1, 0) == 1);
      CHECK_FALSE(Bridge::create(*parse_subnet("10.130.16.1/20")).ok());
    });
  }
}
