// The network device on the kernel's vhost-net: for hosts that have one, such as the lab.
#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devices/virtio/tap_backend.h"
#include "support/tap_interface.h"
#include "support/vhost_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

bool has_vhost_net() {
  return access("/dev/vhost-net", R_OK | W_OK) == 0 && can_make_taps();
}

/// Of an EtherType for experiments.
Bytes plain_frame() {
  Bytes frame = make_frame(60);
  frame[12] = 0x88;
  frame[13] = 0xb5;
  return frame;
}

struct Fixture {
  Fixture(const TapInterface& interface, const FileDescriptor& kernel)
      : bench([&](EventLoop& loop, const GuestMemory& memory) {
          auto tap = TapBackend::create(interface.queues());
          REQUIRE(tap.ok());
          std::vector<FileDescriptor> devices;
          devices.push_back(FileDescriptor(dup(kernel.get())));
          auto made = VhostNetDevice::create(
              open_options(), std::move(tap).value(), std::move(devices),
              {.memory = memory, .loop = loop, .on_link_down = [this](const std::string& reason) {
                 link_downs.push_back(reason);
               }});
          REQUIRE_MESSAGE(made.ok(), made.error().message);
          return std::move(made).value();
        }),
        driver(bench) {
    REQUIRE(bench.device().take_notifications(notifications));
    REQUIRE(driver.start(3));
  }

  void send(std::uint64_t address) {
    const Bytes bytes = with_header(plain_frame());
    if (address < low_bytes) driver.fill(address, bytes);
    driver.add(1, {{address, static_cast<std::uint32_t>(bytes.size())}}, {});
    notifications.notify(1);
  }
  /// For ten seconds at most.
  template <typename Condition>
  [[nodiscard]] bool turn_until(const Condition& condition) {
    for (int round = 0; round < 1000 && !condition(); ++round)
      bench.loop().turn(std::chrono::milliseconds(10));
    return condition();
  }
  [[nodiscard]] bool needs_reset() { return (driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0; }

  std::vector<std::string> link_downs;
  FakeCounters notifications{3};
  VirtioBench bench;
  VirtioDriver driver;
};

} // namespace

TEST_SUITE("devices/virtio/vhost_net_device: kernel" * doctest::skip(!has_vhost_net())) {
  TEST_CASE("frames go both ways, for one machine after the other on the same descriptors, and after resets") {
    const TapInterface interface;
    const FileDescriptor kernel(open("/dev/vhost-net", O_RDWR | O_CLOEXEC));
    for (int boot = 0; boot < 2; ++boot) {
      Fixture fixture(interface, kernel);
      for (int life = 0; life < 2; ++life) {
        fixture.send(data_address);
        CHECK(fixture.driver.wait_used(1));
        Bytes seen(2000);
        const ssize_t count = recv(interface.packet_socket(), seen.data(), seen.size(), 0);
        REQUIRE(count == 70); // behind 10 bytes of virtio_net_hdr
        CHECK(std::equal(seen.begin() + 10, seen.begin() + count, plain_frame().begin()));
        Bytes sent(10);
        std::ranges::copy(plain_frame(), std::back_inserter(sent));
        fixture.driver.add(0, {}, {{data_address + 4096, 2000}});
        fixture.notifications.notify(0);
        REQUIRE(::send(interface.packet_socket(), sent.data(), sent.size(), 0) == 70);
        const auto used = fixture.driver.wait_used(0);
        REQUIRE(used);
        CHECK(used->written_bytes == 72);
        CHECK(fixture.driver.bytes(data_address + 4096 + 12, 60) == plain_frame());
        CHECK(fixture.turn_until([&] { return fixture.bench.interrupt().count() > 0; }));
        REQUIRE(fixture.driver.start(3));
      }
      CHECK(fixture.bench.faults().texts.empty());
    }
  }

  TEST_CASE("a buffer outside memory breaks the device until a reset") {
    const TapInterface interface;
    const FileDescriptor kernel(open("/dev/vhost-net", O_RDWR | O_CLOEXEC));
    Fixture fixture(interface, kernel);
    fixture.send(std::uint64_t{1} << 40);
    CHECK(fixture.turn_until([&] { return fixture.needs_reset(); }));
    CHECK(fixture.bench.faults().texts.size() == 1);
    REQUIRE(fixture.driver.start(3));
    fixture.send(data_address);
    CHECK(fixture.driver.wait_used(1));
    CHECK(!fixture.needs_reset());
  }

  TEST_CASE("an interface that is deleted takes the link down") {
    TapInterface interface;
    const FileDescriptor kernel(open("/dev/vhost-net", O_RDWR | O_CLOEXEC));
    Fixture fixture(interface, kernel);
    interface.remove();
    CHECK(fixture.turn_until([&] { return !fixture.link_downs.empty(); }));
    CHECK(fixture.link_downs.size() == 1);
  }
}

} // namespace volt::test
