// The registers of a virtio device: what they read, and what writes to them do.
#include <doctest/doctest.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <thread>

#include "support/probe_fixture.h"

namespace volt::test {

namespace {

constexpr std::uint32_t acknowledge = VIRTIO_CONFIG_S_ACKNOWLEDGE;
constexpr std::uint32_t has_driver = VIRTIO_CONFIG_S_DRIVER;
constexpr std::uint32_t features_ok = VIRTIO_CONFIG_S_FEATURES_OK;
constexpr std::uint32_t driver_ok = VIRTIO_CONFIG_S_DRIVER_OK;
constexpr std::uint32_t needs_reset = VIRTIO_CONFIG_S_NEEDS_RESET;
constexpr std::uint32_t running = acknowledge | has_driver | features_ok | driver_ok;

std::vector<std::uint8_t> read_bytes(VirtioBench& bench, std::uint64_t offset, std::size_t size) {
  std::vector<std::uint8_t> data(size, 0xaa);
  bench.transport().read(offset, data);
  return data;
}

} // namespace

TEST_SUITE("devices/virtio/mmio_transport") {
  TEST_CASE("the constant registers tell what it is") {
    ProbeFixture fixture;
    CHECK(fixture.driver.read(VIRTIO_MMIO_MAGIC_VALUE) == 0x74726976);
    CHECK(fixture.driver.read(VIRTIO_MMIO_VERSION) == 2);
    CHECK(fixture.driver.read(VIRTIO_MMIO_DEVICE_ID) == ProbeDevice::own_type);
    CHECK(fixture.driver.read(VIRTIO_MMIO_VENDOR_ID) == 0x544c4f56);
    CHECK(fixture.driver.read(VIRTIO_MMIO_SHM_LEN_LOW) == UINT32_MAX);
    CHECK(fixture.driver.read(VIRTIO_MMIO_SHM_LEN_HIGH) == UINT32_MAX);
  }

  TEST_CASE("the features are the device's and the ring's, by halves, and none in a third") {
    ProbeFixture fixture;
    CHECK(fixture.driver.offered_features() ==
          (ProbeDevice::own_features | version_1 | event_index | indirect_descriptors));
    fixture.driver.write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
    CHECK(fixture.driver.read(VIRTIO_MMIO_DEVICE_FEATURES) == 0);
  }

  TEST_CASE("requests from before DRIVER_OK are not looked at until then") {
    ProbeFixture fixture;
    REQUIRE(fixture.driver.negotiate(version_1));
    fixture.driver.set_up_queue(0, 16);
    fixture.driver.add(0, {{data_address, 4}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.empty());
    REQUIRE(fixture.driver.run());
    CHECK(fixture.device().held.size() == 1);
  }

  TEST_CASE("a queue without a size, or with a wrong one, asks for a reset when it is made ready") {
    for (const std::uint32_t size : {0U, 3U, 65U, 128U, 0x10000U, 0xffffffffU}) {
      CAPTURE(size);
      ProbeFixture fixture;
      REQUIRE(fixture.driver.negotiate(version_1));
      fixture.driver.write(VIRTIO_MMIO_QUEUE_SEL, 0);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_NUM_MAX) == 64);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_NUM, size);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 1);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_READY) == 0);
      CHECK((fixture.driver.status() & needs_reset) != 0);
      CHECK(fixture.bench.interrupt().count() == 0); // no driver runs that could hear it
      CHECK(!fixture.driver.run());
      CHECK(fixture.device().activations == 0);
    }
  }

  TEST_CASE("rings outside memory, across a hole or not aligned ask for a reset") {
    struct Case {
      std::uint64_t low_register;
      std::uint64_t address;
    };
    const Case cases[] = {{VIRTIO_MMIO_QUEUE_DESC_LOW, 0x8008},
                          {VIRTIO_MMIO_QUEUE_DESC_LOW, low_end},
                          {VIRTIO_MMIO_QUEUE_DESC_LOW, low_end - 16},
                          {VIRTIO_MMIO_QUEUE_DESC_LOW, 0xd0000000},
                          {VIRTIO_MMIO_QUEUE_DESC_LOW, UINT64_MAX - 15},
                          {VIRTIO_MMIO_QUEUE_AVAIL_LOW, 0xc001},
                          {VIRTIO_MMIO_QUEUE_AVAIL_LOW, low_end - 8},
                          {VIRTIO_MMIO_QUEUE_USED_LOW, 0xd002},
                          {VIRTIO_MMIO_QUEUE_USED_LOW, border_address - 8},
                          {VIRTIO_MMIO_QUEUE_USED_LOW, high_address + high_bytes - 4}};
    for (const Case& wrong : cases) {
      CAPTURE(wrong.low_register);
      CAPTURE(wrong.address);
      ProbeFixture fixture;
      REQUIRE(fixture.driver.negotiate(version_1));
      fixture.driver.set_up_queue(0, 16);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 0); // before DRIVER_OK it may be taken back
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_READY) == 0);
      fixture.driver.write(wrong.low_register, static_cast<std::uint32_t>(wrong.address));
      fixture.driver.write(wrong.low_register + 4, static_cast<std::uint32_t>(wrong.address >> 32));
      fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 1);
      CHECK((fixture.driver.status() & needs_reset) != 0);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_READY) == 0);
    }
  }

  TEST_CASE("a queue is not moved while it is ready, nor set up at the wrong time") {
    ProbeFixture fixture;
    fixture.driver.write(VIRTIO_MMIO_QUEUE_NUM, 8); // before FEATURES_OK
    REQUIRE(fixture.driver.negotiate(version_1));
    fixture.driver.set_up_queue(0, 16);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_NUM, 32);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_DESC_LOW, 0x200000);
    REQUIRE(fixture.driver.run());
    const auto before = fixture.bench.transport().state().queues[0];
    fixture.driver.write(VIRTIO_MMIO_QUEUE_DESC_LOW, 0x200000);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 1);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_USED_LOW, 0x200000);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_NUM, 32);
    fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 0);
    const auto after = fixture.bench.transport().state().queues[0];
    CHECK(after.ready);
    CHECK(after.size == 16);
    CHECK(after.descriptors == before.descriptors);
    CHECK(after.driver == before.driver);
    CHECK(after.device == before.device);
    CHECK(fixture.device().counters().faults == 8);
    fixture.driver.add(0, {{data_address, 4}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 1);
  }

  TEST_CASE("a queue that is not there has no size, is never ready and cannot be notified") {
    ProbeFixture fixture;
    REQUIRE(fixture.driver.start(1));
    for (const std::uint32_t index : {2U, 3U, 0x10000U, UINT32_MAX}) {
      fixture.driver.write(VIRTIO_MMIO_QUEUE_SEL, index);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_NUM_MAX) == 0);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 1);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_READY) == 0);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_NOTIFY, index);
    }
    fixture.driver.write(VIRTIO_MMIO_QUEUE_NOTIFY, 1); // there, but not ready
    CHECK(fixture.device().notifications == 1);        // queue 0, at DRIVER_OK
    CHECK(fixture.driver.status() == running);
  }

  TEST_CASE("accesses of other widths, unaligned or to no register read zero and write nothing") {
    ProbeFixture fixture;
    for (const unsigned offset : {0x000U, 0x001U, 0x002U, 0x070U, 0x0feU, 0x018U, 0x0a8U, 0x0f8U}) {
      for (const unsigned size : {1U, 2U, 8U}) {
        CHECK(read_bytes(fixture.bench, offset, size) == std::vector<std::uint8_t>(size, 0));
        fixture.bench.transport().write(offset, std::vector<std::uint8_t>(size, 0xff));
      }
    }
    CHECK(read_bytes(fixture.bench, 0x002, 4) == std::vector<std::uint8_t>(4, 0));
    CHECK(read_bytes(fixture.bench, 0x02c, 4) == std::vector<std::uint8_t>(4, 0));
    fixture.bench.transport().write(0x071, std::vector<std::uint8_t>{1, 0, 0, 0});
    CHECK(fixture.driver.status() == 0);
  }

  TEST_CASE("the configuration is read and written in any width up to its end, and written by a driver only") {
    ProbeFixture fixture;
    CHECK(read_bytes(fixture.bench, 0x100, 1) == std::vector<std::uint8_t>{1});
    CHECK(read_bytes(fixture.bench, 0x103, 2) == std::vector<std::uint8_t>{4, 5});
    CHECK(read_bytes(fixture.bench, 0x106, 4) == std::vector<std::uint8_t>{7, 8, 0, 0});
    CHECK(read_bytes(fixture.bench, 0xff8, 8) == std::vector<std::uint8_t>(8, 0));
    fixture.bench.transport().write(0x100, std::vector<std::uint8_t>{9});
    CHECK(fixture.device().configuration[0] == 1);
    REQUIRE(fixture.driver.start(1));
    fixture.bench.transport().write(0x107, std::vector<std::uint8_t>{9, 9, 9, 9});
    fixture.bench.transport().write(0xfff, std::vector<std::uint8_t>{9});
    CHECK(fixture.device().configuration[7] == 9);
    CHECK(fixture.device().configuration[0] == 1);
  }

  TEST_CASE("a changed configuration has a new generation and interrupts a driver that runs") {
    ProbeFixture fixture;
    fixture.device().change_configuration();
    CHECK(fixture.bench.interrupt().count() == 0);
    const std::uint32_t before = fixture.driver.read(VIRTIO_MMIO_CONFIG_GENERATION);
    REQUIRE(fixture.driver.start(1));
    fixture.device().change_configuration();
    CHECK(fixture.driver.read(VIRTIO_MMIO_CONFIG_GENERATION) == before + 1);
    CHECK(fixture.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 2);
    CHECK(fixture.bench.interrupt().count() == 1);
    fixture.driver.write(VIRTIO_MMIO_INTERRUPT_ACK, 1);
    CHECK(fixture.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 2);
    fixture.driver.write(VIRTIO_MMIO_INTERRUPT_ACK, UINT32_MAX);
    CHECK(fixture.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 0);
  }

  TEST_CASE("processors read and write registers at once while the loop serves the device") {
    ProbeFixture fixture;
    REQUIRE(fixture.bench.loop().start("probe", [](const Error&) {}).ok());
    REQUIRE(fixture.driver.start(2));
    std::atomic<bool> stop = false;
    std::vector<std::thread> processors;
    for (int processor = 0; processor < 2; ++processor) {
      processors.emplace_back([&] {
        VirtioDriver own(fixture.bench);
        while (!stop) {
          CHECK(own.read(VIRTIO_MMIO_VERSION) == 2);
          static_cast<void>(own.read(VIRTIO_MMIO_INTERRUPT_STATUS));
          own.write(VIRTIO_MMIO_INTERRUPT_ACK, 1);
          static_cast<void>(own.status());
          static_cast<void>(read_bytes(fixture.bench, 0x100, 4));
        }
      });
    }
    for (int turn = 0; turn < 200; ++turn) {
      fixture.driver.add(0, {{data_address, 4}}, {{data_address + 0x1000, 4}});
      fixture.driver.notify(0);
      fixture.bench.loop().call([&] { fixture.device().return_all(0); });
      REQUIRE(fixture.driver.take_used(0));
    }
    stop = true;
    for (std::thread& processor : processors)
      processor.join();
  }
}

} // namespace volt::test
