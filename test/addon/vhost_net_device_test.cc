// What the kernel is told of a network card, and how the driver and the kernel meet.
#define VIRTIO_RING_NO_LEGACY // what else the header has is no C++
#include <doctest/doctest.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <unistd.h>

#include "support/vhost_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;

} // namespace

TEST_SUITE("devices/virtio/vhost_net_device") {
  TEST_CASE("the kernel is told this process's memory, then features and rings, and the tap last") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    CHECK(kernel.requests == std::vector<unsigned long>{VHOST_SET_OWNER, VHOST_GET_FEATURES, VHOST_SET_MEM_TABLE});
    FakeVhost::Device& device = kernel.device();
    REQUIRE(device.regions.size() == 3);
    CHECK(device.regions[2].guest == high_address);
    CHECK(device.regions[2].size_bytes == high_bytes);
    const auto address_of = [&](std::uint64_t guest) {
      return reinterpret_cast<std::uintptr_t>(bench.bench.memory().from({guest}, 1).data());
    };
    CHECK(device.regions[2].host == address_of(high_address));
    kernel.requests.clear();
    REQUIRE(bench.start(event_index));
    const std::vector<unsigned long> ring{VHOST_SET_VRING_NUM,  VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,
                                          VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,  VHOST_SET_VRING_KICK,
                                          VHOST_NET_SET_BACKEND};
    std::vector<unsigned long> expected{VHOST_SET_FEATURES};
    for (int count = 0; count < 2; ++count)
      expected.insert(expected.end(), ring.begin(), ring.end());
    CHECK(kernel.requests == expected);
    CHECK(device.features == (version_1 | indirect_descriptors | no_merging));
    const FakeVhost::Ring& transmit = device.rings[1];
    CHECK(transmit.size == 16);
    CHECK(transmit.base == 0);
    CHECK(transmit.descriptors == address_of(VirtioDriver::queue_base(transmit_queue)));
    CHECK(transmit.available == address_of(VirtioDriver::driver_ring(transmit_queue)));
    CHECK(transmit.used == address_of(VirtioDriver::device_ring(transmit_queue)));
    CHECK(transmit.kick == bench.notifications.descriptor(transmit_queue));
    CHECK(transmit.tap == bench.tap->port(0).descriptor());
    CHECK(device.rings[0].tap == transmit.tap);
  }

  TEST_CASE("features are the card's own, less what the kernel cannot do") {
    FakeVhost kernel;
    const auto offered = VhostBench(kernel).driver.offered_features();
    CHECK(offered ==
          (offered_net_features(open_options(), all_offloads) | version_1 | event_index | indirect_descriptors));
    FakeVhost older;
    older.offered &= ~no_merging;
    CHECK(VhostBench(older).driver.offered_features() == (offered & ~no_merging));
  }

  TEST_CASE("notifications of frames are the kernel's, and its calls come by the registers") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.start());
    bench.send();
    bench.notifications.notify(transmit_queue);
    CHECK(bench.notifications.was_notified(transmit_queue));
    CHECK(kernel.serve(kernel.device().rings[1]) == 1);
    bench.turn();
    CHECK(bench.driver.take_used(transmit_queue));
    CHECK(bench.bench.interrupt().count() == 1);
    CHECK(bench.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_VRING);
    bench.driver.add(receive_queue, {}, {{data_address, 2000}});
    CHECK(kernel.serve(kernel.device().rings[0], 72) == 1);
    CHECK(bench.driver.wait_used(receive_queue)->written_bytes == 72);
    CHECK(bench.bench.faults().texts.empty());
  }

  TEST_CASE("frames that were there before the driver was ready are told of") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.driver.negotiate(bench.driver.offered_features()));
    for (std::uint16_t queue = 0; queue < 3; ++queue)
      bench.driver.set_up_queue(queue, 16);
    bench.send();
    REQUIRE(bench.driver.run());
    CHECK(bench.notifications.was_notified(transmit_queue));
  }

  TEST_CASE("a driver takes pairs into use and gives them up; their rings go on where they were") {
    FakeVhost kernel;
    VhostBench bench(kernel, 2);
    REQUIRE(bench.start());
    CHECK(kernel.device(1).rings[0].tap == -1);
    CHECK(bench.command({4, 0, 2, 0}, 4) == 0);
    CHECK(bench.tap->used_ports.back() == 2);
    FakeVhost::Ring& transmit = kernel.device(1).rings[1];
    CHECK(transmit.tap == bench.tap->port(1).descriptor());
    CHECK(transmit.kick == bench.notifications.descriptor(3));
    bench.driver.add(3, {{data_address, 72}}, {});
    CHECK(kernel.serve(transmit) == 1);
    CHECK(bench.command({4, 0, 1, 0}, 4) == 0);
    CHECK(transmit.tap == -1);
    CHECK(transmit.kick == -1);
    transmit.base = 77; // as long as it has no tap the kernel's own idea of it counts for nothing
    CHECK(bench.command({4, 0, 2, 0}, 4) == 0);
    CHECK(transmit.base == 1);
    CHECK(kernel.device(1).rings[0].base == 0);
    CHECK(kernel.count(VHOST_GET_VRING_BASE) == 2);
  }

  TEST_CASE("commands come by their queue's counter, wherever the driver's features put it") {
    FakeVhost kernel;
    for (const bool has_pairs : {true, false}) {
      VhostBench bench(kernel, 2);
      REQUIRE(bench.start(has_pairs ? 0 : net_feature(VIRTIO_NET_F_MQ)));
      const std::uint16_t queue = has_pairs ? 4 : 2;
      bench.driver.fill(data_address, Bytes{0, 0, 1});
      bench.driver.add(queue, {{data_address, 3}}, {{data_address + 64, 1}});
      bench.notifications.notify(queue);
      const auto used = bench.driver.wait_used(queue);
      REQUIRE(used);
      CHECK(used->written_bytes == 1);
      CHECK(bench.driver.bytes(data_address + 64, 1).front() == 0);
    }
  }

  TEST_CASE("offloads that the guest gives up are the tap's to know") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    REQUIRE(bench.start());
    CHECK(bench.tap->used_offloads.back() == guest_offloads);
    CHECK(bench.command({5, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 2) == 0);
    CHECK(bench.tap->used_offloads.back() == 0);
  }

  TEST_CASE("a reset takes the rings from the kernel, and the device starts again") {
    FakeVhost kernel;
    VhostBench bench(kernel);
    bench.driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(kernel.count(VHOST_NET_SET_BACKEND) == 0);
    REQUIRE(bench.start());
    bench.send();
    kernel.serve(kernel.device().rings[1]);
    FakeVhost::complain(kernel.device().rings[1]);
    bench.driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(kernel.device().rings[0].tap == -1);
    CHECK(kernel.device().rings[1].tap == -1);
    CHECK(kernel.count(VHOST_GET_VRING_BASE) == 2);
    bench.turn(); // what it said before is none of the next driver's
    CHECK(bench.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 0);
    REQUIRE(bench.start());
    bench.turn();
    CHECK((bench.driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) == 0);
    CHECK(kernel.device().rings[1].base == 0);
    CHECK(kernel.device().rings[1].tap >= 0);
    CHECK(bench.bench.faults().texts.empty());
  }
}

} // namespace volt::test
