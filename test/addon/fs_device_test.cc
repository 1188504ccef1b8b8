// A virtio-fs device between its driver and a daemon that does its part.
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_mmio.h>
#include <sys/stat.h>

#include "support/fs_bench.h"

namespace volt::test {

using namespace virtio;
using enum VhostUserRequest;

namespace {

template <typename Structure>
Structure last(const VhostUserDaemon& daemon, VhostUserRequest request) {
  Structure structure{};
  const Bytes bytes = daemon.payload(request);
  REQUIRE(bytes.size() <= sizeof structure);
  std::memcpy(&structure, bytes.data(), bytes.size());
  return structure;
}

} // namespace

TEST_SUITE("devices/virtio/fs_device") {
  TEST_CASE("the driver sees the tag and one request queue") {
    FsBench bench;
    CHECK(bench.machine.driver.read(VIRTIO_MMIO_DEVICE_ID) == 26);
    virtio_fs_config configuration{};
    std::array<std::uint8_t, sizeof configuration> bytes{};
    bench.machine.bench.transport().read(VIRTIO_MMIO_CONFIG, bytes);
    std::memcpy(&configuration, bytes.data(), bytes.size());
    CHECK(std::string_view(reinterpret_cast<const char*>(configuration.tag)) == "src");
    CHECK(std::uint32_t{configuration.num_request_queues} == 1);
    CHECK(bench.machine.driver.offered_features() == (version_1 | event_index | indirect_descriptors));
  }

  TEST_CASE("a tag may take all of its room") {
    SocketPair pair(SOCK_STREAM);
    VhostUserDaemon daemon(std::move(pair.test));
    VirtioBench bench([&](EventLoop& loop, const GuestMemory& memory) {
      auto made = FsDevice::create({.tag = std::string(36, 'x')}, std::move(pair.device), memory, loop, {});
      REQUIRE(made.ok());
      return std::move(made).value();
    });
    std::array<std::uint8_t, 40> bytes{};
    bench.transport().read(VIRTIO_MMIO_CONFIG, bytes);
    CHECK(std::string(bytes.begin(), bytes.begin() + 36) == std::string(36, 'x'));
  }

  TEST_CASE(
      "the daemon is told the memory, the features that the driver took, and the rings, in the protocol's order") {
    FsBench bench;
    REQUIRE(bench.machine.driver.start(fs_queues, version_1 | event_index));
    const std::vector<VhostUserRequest> ring{SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ADDR, SET_VRING_CALL,
                                             SET_VRING_KICK};
    std::vector<VhostUserRequest> expected{GET_FEATURES, GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES,
                                           SET_OWNER,    SET_MEM_TABLE,         SET_FEATURES};
    for (int index = 0; index < fs_queues; ++index)
      expected.insert(expected.end(), ring.begin(), ring.end());
    expected.insert(expected.end(), fs_queues, SET_VRING_ENABLE);
    CHECK(bench.daemon.requests() == expected);
    const auto table = last<VhostUserMemoryTable>(bench.daemon, SET_MEM_TABLE);
    REQUIRE(table.nregions == 3);
    CHECK(table.regions[2].guest_phys_addr == high_address);
    CHECK(table.regions[2].userspace_addr == high_address);
    CHECK(table.regions[2].memory_size == high_bytes);
    CHECK(table.regions[2].mmap_offset == 0);
    CHECK(last<std::uint64_t>(bench.daemon, SET_PROTOCOL_FEATURES) == VHOST_USER_PROTOCOL_F_REPLY_ACK);
    CHECK(last<std::uint64_t>(bench.daemon, SET_FEATURES) ==
          (version_1 | event_index | VHOST_USER_F_PROTOCOL_FEATURES));
    const auto addresses = last<VhostUserRingAddresses>(bench.daemon, SET_VRING_ADDR);
    CHECK(addresses.index == request_queue);
    CHECK(addresses.descriptor == VirtioDriver::queue_base(request_queue));
    CHECK(addresses.available == VirtioDriver::driver_ring(request_queue));
    CHECK(addresses.used == VirtioDriver::device_ring(request_queue));
    CHECK(last<VhostUserRingState>(bench.daemon, SET_VRING_NUM).num == 16);
    CHECK(last<VhostUserRingState>(bench.daemon, SET_VRING_ENABLE).num == 1);
  }

  TEST_CASE("a request is the daemon's, and its interrupt comes by the registers") {
    FsBench bench;
    REQUIRE(bench.machine.driver.start(fs_queues));
    CHECK(bench.machine.ask());
    CHECK(bench.machine.ask());
    CHECK(bench.machine.bench.interrupt().count() >= 2);
    CHECK(bench.machine.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_VRING);
    CHECK(bench.machine.losses.empty());
    CHECK(bench.machine.bench.faults().texts.empty());
  }

  TEST_CASE("requests that were there before the driver was ready are served") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    REQUIRE(driver.negotiate(driver.offered_features()));
    driver.set_up_queue(0, 16);
    driver.set_up_queue(request_queue, 16);
    driver.add(request_queue, {}, {{data_address, 16}});
    REQUIRE(driver.run());
    CHECK(driver.wait_used(request_queue));
  }

  TEST_CASE("a reset stops the rings that were started and no others, and the device starts again") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(bench.daemon.count(GET_VRING_BASE) == 0);
    REQUIRE(driver.start(fs_queues));
    REQUIRE(bench.machine.ask());
    driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(bench.daemon.count(GET_VRING_BASE) == 2);
    REQUIRE(driver.start(1)); // the priority queue alone
    CHECK(bench.daemon.count(SET_VRING_KICK) == 3);
    REQUIRE(driver.start(fs_queues));
    CHECK(bench.daemon.count(GET_VRING_BASE) == 3);
    CHECK(bench.machine.ask());
    CHECK(bench.daemon.count(SET_MEM_TABLE) == 1);
  }

  TEST_CASE("an interrupt of the daemon's after a reset is none of the driver's") {
    FsBench bench;
    REQUIRE(bench.machine.driver.start(fs_queues));
    bench.machine.driver.add(request_queue, {{data_address, 16}}, {});
    bench.machine.notifications.notify(request_queue);
    while (bench.daemon.served() == 0)
      std::this_thread::yield();
    bench.machine.driver.write(VIRTIO_MMIO_STATUS, 0);
    const unsigned before = bench.machine.bench.interrupt().count();
    bench.machine.bench.loop().turn(std::chrono::milliseconds(20));
    CHECK(bench.machine.bench.interrupt().count() == before);
    CHECK(bench.machine.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 0);
  }

  TEST_CASE("the next machine goes on with the connection and has memory of its own") {
    SocketPair pair(SOCK_STREAM);
    VhostUserDaemon daemon(std::move(pair.test));
    for (std::size_t boot = 1; boot <= 3; ++boot) {
      FsMachine machine(pair.device);
      REQUIRE(machine.driver.start(fs_queues));
      CHECK(machine.ask());
      CHECK(daemon.count(SET_MEM_TABLE) == boot);
      CHECK(daemon.count(RESET_OWNER) == boot - 1);
      CHECK(machine.losses.empty());
    }
  }
}

TEST_SUITE("memory/guest_memory: shared") {
  TEST_CASE("each region is a file of its own whose length is sealed") {
    const std::array<GuestRange, 2> ranges{GuestRange{{0}, 0x2000}, GuestRange{{0x10000}, 0x1000}};
    auto memory = GuestMemory::create(ranges, GuestMemory::Backing::shared);
    REQUIRE(memory.ok());
    for (const GuestMemory::Region& region : memory.value().regions()) {
      struct stat status {};
      REQUIRE(fstat(region.file.get(), &status) == 0);
      CHECK(static_cast<std::uint64_t>(status.st_size) == region.range.size_bytes);
      CHECK(ftruncate(region.file.get(), 0) != 0);
      CHECK(ftruncate(region.file.get(), 1 << 20) != 0);
      CHECK((fcntl(region.file.get(), F_GETFD) & FD_CLOEXEC) != 0);
      auto other = Mapping::shared(region.file.get(), region.range.size_bytes, "memory");
      REQUIRE(other.ok());
      other.value().bytes()[7] = 42;
      CHECK(region.mapping.bytes()[7] == 42);
    }
  }
}

} // namespace volt::test
