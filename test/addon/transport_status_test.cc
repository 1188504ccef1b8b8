// A virtio device's status, features and resets, with drivers that keep the rules and drivers that do not.
#include <doctest/doctest.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "support/probe_fixture.h"

namespace volt::test {

namespace {

constexpr std::uint32_t acknowledge = VIRTIO_CONFIG_S_ACKNOWLEDGE;
constexpr std::uint32_t has_driver = VIRTIO_CONFIG_S_DRIVER;
constexpr std::uint32_t features_ok = VIRTIO_CONFIG_S_FEATURES_OK;
constexpr std::uint32_t driver_ok = VIRTIO_CONFIG_S_DRIVER_OK;
constexpr std::uint32_t failed = VIRTIO_CONFIG_S_FAILED;
constexpr std::uint32_t running = acknowledge | has_driver | features_ok | driver_ok;

} // namespace

TEST_SUITE("devices/virtio/transport_status") {
  TEST_CASE("a driver that keeps the order gets a device that runs, with the features it took") {
    ProbeFixture fixture;
    REQUIRE(fixture.driver.start(2, version_1 | 1));
    CHECK(fixture.driver.status() == running);
    CHECK(fixture.device().activations == 1);
    CHECK(fixture.device().active_features == (version_1 | 1));
    CHECK(fixture.bench.faults().texts.empty());
    CHECK(fixture.bench.transport().state().queues[1].ready);
  }

  TEST_CASE("several status bits may be set at once, in their order") {
    ProbeFixture fixture;
    fixture.driver.write(VIRTIO_MMIO_STATUS, acknowledge | has_driver);
    CHECK(fixture.driver.status() == (acknowledge | has_driver));
  }

  TEST_CASE("status bits out of order, unknown or taken back change nothing and are reported") {
    struct Case {
      std::vector<std::uint32_t> before;
      std::uint32_t written;
      std::uint32_t expected;
    };
    const Case cases[] = {
        {{}, has_driver, 0},
        {{}, driver_ok, 0},
        {{}, features_ok, 0},
        {{acknowledge}, acknowledge | driver_ok, acknowledge},
        {{acknowledge}, acknowledge | features_ok, acknowledge},
        {{acknowledge}, has_driver, acknowledge},
        {{acknowledge, acknowledge | has_driver}, acknowledge, acknowledge | has_driver},
        {{acknowledge, acknowledge | has_driver}, acknowledge | has_driver | driver_ok, acknowledge | has_driver},
        {{}, acknowledge | 0x10, 0},
        {{}, 0x100 | acknowledge, 0},
    };
    for (const Case& wrong : cases) {
      CAPTURE(wrong.written);
      ProbeFixture fixture;
      for (const std::uint32_t value : wrong.before)
        fixture.driver.write(VIRTIO_MMIO_STATUS, value);
      fixture.driver.write(VIRTIO_MMIO_STATUS, wrong.written);
      CHECK(fixture.driver.status() == wrong.expected);
      CHECK(fixture.bench.faults().texts.size() == 1);
      CHECK(fixture.device().activations == 0);
    }
  }

  TEST_CASE("features that were not offered, or without VERSION_1, are not accepted, and the driver may try again") {
    for (const std::uint64_t features :
         {version_1 | 2, version_1 | std::uint64_t{1} << 63, std::uint64_t{1}, std::uint64_t{0}}) {
      CAPTURE(features);
      ProbeFixture fixture;
      CHECK(!fixture.driver.negotiate(features));
      CHECK(fixture.driver.status() == (acknowledge | has_driver));
      CHECK(fixture.driver.start(1));
    }
  }

  TEST_CASE("features are written by halves, only while they are negotiated") {
    ProbeFixture fixture;
    fixture.driver.write(VIRTIO_MMIO_DRIVER_FEATURES, 1); // no driver yet
    CHECK(fixture.bench.transport().state().driver_features == 0);
    REQUIRE(fixture.driver.negotiate(version_1 | 4));
    fixture.driver.write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    fixture.driver.write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    fixture.driver.write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 7);
    fixture.driver.write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    CHECK(fixture.bench.transport().state().driver_features == (version_1 | 4));
  }

  TEST_CASE("a reset at any moment leaves a device as new") {
    for (int moment = 0; moment < 4; ++moment) {
      CAPTURE(moment);
      ProbeFixture fixture;
      if (moment >= 1) REQUIRE(fixture.driver.negotiate(version_1));
      if (moment >= 2) fixture.driver.set_up_queue(0, 16);
      if (moment >= 3) {
        REQUIRE(fixture.driver.run());
        fixture.driver.add(0, {{data_address, 4}}, {});
        fixture.driver.notify(0);
        fixture.device().return_all(0);
        fixture.device().serve_later(0);
      }
      const unsigned notifications = fixture.device().notifications;
      fixture.driver.write(VIRTIO_MMIO_STATUS, 0);
      CHECK(fixture.driver.status() == 0);
      CHECK(fixture.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == 0);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_SEL, 0);
      CHECK(fixture.driver.read(VIRTIO_MMIO_QUEUE_READY) == 0);
      fixture.driver.write(VIRTIO_MMIO_QUEUE_READY, 0); // as Linux does
      CHECK(fixture.bench.faults().texts.empty());
      CHECK(fixture.bench.transport().state().driver_features == 0);
      fixture.driver.notify(0); // a notification that was under way
      fixture.bench.loop().turn();
      CHECK(fixture.device().notifications == notifications);
      CHECK(fixture.driver.start(2));
    }
  }

  TEST_CASE("a ring that is full again and again has one service under way, also behind a reset") {
    RunningProbe fixture;
    const unsigned before = fixture.device().notifications;
    for (int time = 0; time < 1000; ++time)
      fixture.device().serve_later(0);
    fixture.device().serve_later(1);
    fixture.bench.loop().turn();
    CHECK(fixture.device().notifications == before + 2);
    fixture.device().serve_later(0);
    REQUIRE(fixture.driver.start(2)); // the service from before the reset is none of the new driver's
    const unsigned anew = fixture.device().notifications;
    fixture.device().serve_later(0);
    fixture.bench.loop().turn();
    fixture.bench.loop().turn();
    CHECK(fixture.device().notifications == anew + 1);
  }

  TEST_CASE("a driver that gave up is not served until it resets the device") {
    ProbeFixture fixture;
    REQUIRE(fixture.driver.start(1));
    fixture.driver.write(VIRTIO_MMIO_STATUS, running | failed);
    CHECK(fixture.driver.status() == (running | failed));
    fixture.driver.add(0, {{data_address, 4}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.empty());
    CHECK(fixture.driver.start(1));
  }

  TEST_CASE("after the shut-down nothing brings the device to life") {
    ProbeFixture fixture;
    REQUIRE(fixture.driver.start(1));
    fixture.bench.loop().call([&] { fixture.bench.transport().shut_down(); });
    CHECK(!fixture.driver.start(1));
    CHECK(fixture.device().activations == 1);
  }
}

} // namespace volt::test
