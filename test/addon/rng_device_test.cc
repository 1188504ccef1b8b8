// The entropy device behind its registers.
#include <algorithm>
#include <doctest/doctest.h>
#include <set>

#include "devices/virtio/rng_device.h"
#include "support/virtio_driver.h"

namespace volt::test {

using virtio::RngDevice;

namespace {

struct Fixture {
  explicit Fixture(const virtio::RateLimit& limit = {}, virtio::EntropySource source = virtio::fill_from_kernel)
      : bench([&](virtio::EventLoop&) { return std::make_unique<RngDevice>(limit, std::move(source)); }) {
    REQUIRE(driver.start(1));
  }
  VirtioBench bench;
  VirtioDriver driver{bench};
};

bool fill_with_sevens(std::span<std::uint8_t> data) {
  std::ranges::fill(data, std::uint8_t{7});
  return true;
}

} // namespace

TEST_SUITE("devices/virtio/rng_device") {
  TEST_CASE("it says that it is an entropy device") {
    Fixture fixture;
    CHECK(fixture.driver.read(0x008) == 4);
  }

  TEST_CASE("buffers are filled to their end with the source's bytes") {
    Fixture fixture({}, fill_with_sevens);
    fixture.driver.add(0, {}, {{data_address, 3}, {data_address + 0x1000, 5}});
    fixture.driver.notify(0);
    const auto used = fixture.driver.take_used(0);
    REQUIRE(used);
    CHECK(used->written_bytes == 8);
    CHECK(fixture.driver.bytes(data_address, 4) == std::vector<std::uint8_t>{7, 7, 7, 0});
    CHECK(fixture.driver.bytes(data_address + 0x1000, 6) == std::vector<std::uint8_t>{7, 7, 7, 7, 7, 0});
    CHECK(fixture.bench.interrupt().count() == 1);
    CHECK(fixture.bench.device().counters().bytes_to_guest == 8);
  }

  TEST_CASE("the kernel's entropy is no two times the same") {
    Fixture fixture;
    std::set<std::vector<std::uint8_t>> seen;
    for (int turn = 0; turn < 20; ++turn) {
      fixture.driver.add(0, {}, {{data_address, 32}});
      fixture.driver.notify(0);
      REQUIRE(fixture.driver.take_used(0));
      seen.insert(fixture.driver.bytes(data_address, 32));
    }
    CHECK(seen.size() == 20);
  }

  TEST_CASE("a request gets 64 KiB at most") {
    Fixture fixture;
    fixture.driver.add(0, {}, {{data_address, 1 << 20}});
    fixture.driver.notify(0);
    CHECK(fixture.driver.take_used(0)->written_bytes == RngDevice::maximum_request_bytes);
  }

  TEST_CASE("a request with nothing to fill is returned empty and reported") {
    Fixture fixture;
    fixture.driver.add(0, {{data_address, 8}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.driver.take_used(0)->written_bytes == 0);
    CHECK(fixture.bench.faults().texts.size() == 1);
    fixture.driver.add(0, {{data_address, 8}}, {});
    fixture.driver.notify(0);
    CHECK(fixture.bench.faults().texts.size() == 1); // once a second
    CHECK(fixture.bench.device().counters().faults == 2);
  }

  TEST_CASE("a source that fails gives what there was before") {
    Fixture fixture({}, [](std::span<std::uint8_t>) { return false; });
    fixture.driver.add(0, {}, {{data_address, 8}});
    fixture.driver.notify(0);
    CHECK(fixture.driver.take_used(0)->written_bytes == 0);
    CHECK(fixture.bench.device().counters().errors == 1);
  }

  TEST_CASE("beyond the rate the next request waits, and is served without another notification") {
    Fixture fixture({.bandwidth = {{.per_second = 10'000, .burst = 100}}, .operations = {}});
    const auto begin = std::chrono::steady_clock::now();
    fixture.driver.add(0, {}, {{data_address, 300}});
    fixture.driver.add(0, {}, {{data_address, 1}});
    fixture.driver.notify(0);
    CHECK(fixture.driver.take_used(0)->written_bytes == 300);
    CHECK(!fixture.driver.take_used(0));
    const auto used = fixture.driver.wait_used(0);
    REQUIRE(used);
    CHECK(used->written_bytes == 1);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(20));
    CHECK(fixture.bench.device().counters().throttled >= 1);
  }

  TEST_CASE("what waits for a limit that is changed waits no longer") {
    Fixture fixture({.bandwidth = {{.per_second = 1, .burst = 1}}, .operations = {}}, fill_with_sevens);
    for (int request = 0; request < 3; ++request)
      fixture.driver.add(0, {}, {{data_address, 100}});
    fixture.driver.notify(0);
    CHECK(fixture.driver.take_used(0));
    CHECK(!fixture.driver.take_used(0));
    CHECK(!fixture.bench.device().set_rate("ops", std::nullopt));
    CHECK(fixture.bench.device().set_rate("bandwidth", virtio::TokenRate{.per_second = 1, .burst = 1}));
    CHECK(fixture.driver.take_used(0));
    CHECK(!fixture.driver.take_used(0));
    CHECK(fixture.bench.device().set_rate("bandwidth", std::nullopt));
    CHECK(fixture.driver.take_used(0));
  }

  TEST_CASE("a reset forgets a request that waits for its rate") {
    Fixture fixture({.bandwidth = {{.per_second = 10'000, .burst = 1}}, .operations = {}});
    fixture.driver.add(0, {}, {{data_address, 100}});
    fixture.driver.add(0, {}, {{data_address, 100}});
    fixture.driver.notify(0);
    REQUIRE(fixture.driver.take_used(0));
    fixture.driver.write(0x070, 0);
    for (int turn = 0; turn < 5; ++turn)
      fixture.bench.loop().turn(std::chrono::milliseconds(5));
    CHECK(!fixture.driver.take_used(0));
  }
}

} // namespace volt::test
