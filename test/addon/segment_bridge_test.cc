// The bridge of a private network on the kernel: what the taps of guests with offloads get, and who is on it.
#include <doctest/doctest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fstream>
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

/// Hands `body` a bridge of its own, and the queue of a tap on it.
template <typename Body>
void with_tap(const Body& body) {
  in_namespace([&body] {
    auto bridge = Bridge::create(*parse_subnet("10.130.16.1/20"));
    REQUIRE(bridge.ok());
    const auto tap = bridge.value().add_tap(1, 1500);
    REQUIRE(tap.ok());
    body(bridge.value(), tap.value().queues.front().get());
  });
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

constexpr std::array<std::uint8_t, 6> station{0x02, 0, 0, 0, 0, 9};

/// Asks for the bridge's hardware address (RFC 826), from 10.130.20.`host`.
void ask_for_bridge(int tap, std::uint8_t host) {
  std::array<std::uint8_t, header_bytes + 42> frame{};
  auto* const ethernet = frame.data() + header_bytes;
  std::fill_n(ethernet, 6, std::uint8_t{0xff});
  std::ranges::copy(station, ethernet + 6);
  const std::array<std::uint8_t, 10> kind{0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1};
  std::ranges::copy(kind, ethernet + 12);
  std::ranges::copy(station, ethernet + 22);
  const std::array<std::uint8_t, 4> sender{10, 130, 20, host};
  std::ranges::copy(sender, ethernet + 28);
  const std::array<std::uint8_t, 4> bridge{10, 130, 16, 1};
  std::ranges::copy(bridge, ethernet + 38);
  REQUIRE(write(tap, frame.data(), frame.size()) == std::ssize(frame));
}

/// The last bytes of those whom the bridge answered; waits until it is silent.
std::vector<int> answered(int tap) {
  std::vector<int> hosts;
  std::array<std::uint8_t, 2048> frame{};
  for (pollfd request{.fd = tap, .events = POLLIN, .revents = 0}; poll(&request, 1, 100) > 0;) {
    const ssize_t count = read(tap, frame.data(), frame.size());
    const auto* const ethernet = frame.data() + header_bytes;
    if (count >= std::ssize(frame) || count < static_cast<ssize_t>(header_bytes) + 42) continue;
    if (ethernet[12] == 0x08 && ethernet[13] == 0x06 && ethernet[21] == 2) hosts.push_back(ethernet[41]);
  }
  return hosts;
}

/// IPv4 addresses that the namespace of this thread knows.
std::vector<std::string> neighbours() {
  std::ifstream table("/proc/thread-self/net/arp");
  std::vector<std::string> addresses;
  std::string line;
  std::getline(table, line); // titles
  while (std::getline(table, line))
    addresses.push_back(line.substr(0, line.find(' ')));
  return addresses;
}

} // namespace

TEST_SUITE("vmm/segment bridge" * doctest::skip(!test::can_make_taps())) {
  TEST_CASE("what the segment itself sends has its checksum, also for a guest that would fill it in") {
    with_tap([](Bridge&, int queue) {
      REQUIRE(ioctl(queue, TUNSETOFFLOAD, TUN_F_CSUM) == 0);
      CHECK(flags_once_forwarded(queue) == 0);
    });
  }

  TEST_CASE("who asks in the name of addresses that no machine has gets no answer, and fills no table of the host's") {
    with_tap([](Bridge& bridge, int queue) {
      const std::uint32_t machine = *parse_ipv4("10.130.20.7");
      REQUIRE(bridge.add_host(machine).ok());
      std::vector<int> hosts;
      for (int attempt = 0; attempt < 100 && hosts.empty(); ++attempt) { // until the port forwards
        ask_for_bridge(queue, 7);
        hosts = answered(queue);
      }
      CHECK(std::ranges::count(hosts, 7) == std::ssize(hosts));
      REQUIRE_FALSE(hosts.empty());
      for (int host = 8; host < 255; ++host)
        ask_for_bridge(queue, static_cast<std::uint8_t>(host));
      CHECK(answered(queue).empty());
      CHECK(neighbours() == std::vector<std::string>{"10.130.20.7"});
      bridge.remove_host(machine);
      ask_for_bridge(queue, 7);
      CHECK(answered(queue).empty());
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
