// Drivers that do wrong, a kernel that refuses, and an interface that goes.
#define VIRTIO_RING_NO_LEGACY // what else the header has is no C++
#include <cerrno>
#include <doctest/doctest.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <unistd.h>

#include "support/vhost_bench.h"

namespace volt::test {

using namespace virtio;

TEST_SUITE("devices/virtio/vhost_net_device: trouble") {
  TEST_CASE("a chain that the kernel makes no sense of breaks the device until a reset") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.start());
    FakeVhost::complain(kernel.device().rings[0]);
    bench.turn();
    CHECK((bench.driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0);
    CHECK(bench.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_CONFIG);
    CHECK(bench.bench.faults().texts.size() == 1);
    CHECK(kernel.device().rings[1].tap == -1);
    CHECK(bench.losses.empty());
    REQUIRE(bench.start());
    CHECK(kernel.device().rings[1].tap >= 0);
  }

  TEST_CASE("a ring outside memory does not reach the kernel") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.driver.negotiate(bench.driver.offered_features()));
    bench.driver.write(VIRTIO_MMIO_QUEUE_SEL, 1);
    bench.driver.write(VIRTIO_MMIO_QUEUE_NUM, 16);
    bench.driver.write(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0x100);
    bench.driver.write(VIRTIO_MMIO_QUEUE_READY, 1);
    CHECK((bench.driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0);
    CHECK(kernel.count(VHOST_SET_VRING_ADDR) == 0);
  }

  TEST_CASE("a kernel that refuses is lost: the driver has to reset, which does not help") {
    for (const unsigned long refused :
         {VHOST_SET_FEATURES, VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR, VHOST_SET_VRING_CALL,
          VHOST_SET_VRING_ERR, VHOST_SET_VRING_KICK, VHOST_NET_SET_BACKEND}) {
      FakeVhost kernel;
      VhostBench bench(kernel);
      kernel.refused = refused;
      for (int time = 0; time < 2; ++time) {
        CHECK(!bench.start());
        CHECK((bench.driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0);
      }
      CHECK(bench.losses.size() == 1);
      CHECK(kernel.device().rings[1].tap == -1);
      CHECK(!kernel.device().has_owner);
      CHECK(bench.bench.device().counters().errors == 1);
    }
  }

  TEST_CASE("a kernel that does not give rings back is lost too") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.start());
    kernel.refused = VHOST_GET_VRING_BASE;
    bench.driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(bench.losses.size() == 1);
    CHECK(!kernel.device().has_owner);
    CHECK(!bench.start());
  }

  TEST_CASE("an interface that is gone takes the link down within a second or two") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.start());
    bench.tap->far_end(0) = FileDescriptor();
    for (int round = 0; round < 500 && bench.link_downs.empty(); ++round)
      bench.turn();
    CHECK(bench.link_downs.size() == 1);
    CHECK(kernel.device().rings[1].tap == -1);
    CHECK(bench.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_CONFIG);
    std::array<std::uint8_t, 2> status{};
    bench.bench.transport().read(VIRTIO_MMIO_CONFIG + offsetof(virtio_net_config, status), status);
    CHECK(status[0] == 0);
  }

  TEST_CASE("there are no rate limits") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    CHECK(!bench.bench.device().set_rate("receive", TokenRate{.per_second = 1, .burst = 1}));
  }

  TEST_CASE("a device's end gives its descriptors back, whatever step fails") {
    const std::vector<FileDescriptor> devices = counters(2);
    auto loop = EventLoop::create();
    REQUIRE(loop.ok());
    FakeVhost kernel;
    VhostBench neighbour(kernel); // has memory
    const auto create = [&] {
      std::vector<FileDescriptor> copies;
      for (const FileDescriptor& device : devices)
        copies.push_back(FileDescriptor(dup(device.get())));
      return VhostNetDevice::create(open_options(2), std::make_unique<FakeTap>(all_offloads, 2), std::move(copies),
                                    {.memory = neighbour.bench.memory(), .loop = *loop.value()}, kernel.control());
    };
    for (int time = 0; time < 2; ++time)
      CHECK(create().ok());
    CHECK(kernel.count(VHOST_RESET_OWNER) == 4);
    for (const unsigned long refused : {VHOST_GET_FEATURES, VHOST_SET_MEM_TABLE}) {
      kernel.refused = refused;
      const auto made = create();
      REQUIRE(!made.ok());
      CHECK(made.error().host_errno == EIO);
    }
    CHECK(kernel.count(VHOST_RESET_OWNER) == 6);
  }

  TEST_CASE("a descriptor that another machine has, and a kernel without the rings, are refused with a hint") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    const auto refusal = [&](const VhostControl& control) {
      const auto made = VhostNet::create(std::move(counters(1).front()), bench.bench.memory(), control);
      REQUIRE(!made.ok());
      CHECK(!made.error().hint.empty());
      return made.error().host_errno;
    };
    CHECK(refusal([](int, unsigned long, void*) { return errno = EBUSY, -1; }) == EBUSY);
    FakeVhost old;
    old.offered &= ~event_index;
    CHECK(refusal(old.control()) == ENOTSUP);
    CHECK(refusal(host_vhost_control()) == ENOTTY); // no /dev/vhost-net
  }
}

} // namespace volt::test
