// The block device with many requests under way: failures, order, limits, resets.
#include <doctest/doctest.h>
#include <thread>

#include "support/block_fixture.h"

namespace volt::test {

using virtio::BlockDevice;

TEST_SUITE("devices/virtio/block_device: requests under way") {
  TEST_CASE("a host's failure becomes an I/O error of that request only") {
    BlockFixture fixture;
    const BlockSlot first = fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
    const BlockSlot second = fixture.driver.submit(VIRTIO_BLK_T_OUT, 1, Bytes(512));
    fixture.driver.notify(0);
    fixture.engine->step(0, -ENOSPC);
    fixture.engine->step(0, 100); // a short write goes on where it stopped
    CHECK(fixture.engine->waiting().size() == 1);
    fixture.engine->step(0, -EINTR);
    fixture.engine->step();
    CHECK(fixture.driver.status_of(first) == VIRTIO_BLK_S_IOERR);
    CHECK(fixture.driver.status_of(second) == VIRTIO_BLK_S_OK);
  }

  TEST_CASE("requests end in any order and queues do not mix") {
    BlockFixture fixture({.queues = 2});
    const BlockSlot first = fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512, 1));
    const BlockSlot other = fixture.driver.submit(VIRTIO_BLK_T_OUT, 1, Bytes(512, 2), 0, 1);
    fixture.driver.notify(0);
    fixture.driver.notify(1);
    fixture.engine->step(1);
    CHECK(!fixture.driver.take_used(0));
    CHECK(fixture.driver.take_used(1));
    CHECK(fixture.driver.status_of(other) == VIRTIO_BLK_S_OK);
    CHECK(fixture.driver.status_of(first) == no_status);
    fixture.engine->run();
    CHECK(fixture.driver.take_used(0));
  }

  TEST_CASE("no more requests are under way than there is room for, and the rest follow by themselves") {
    BlockFixture fixture({.queues = 8});
    for (std::uint16_t queue = 0; queue < 8; ++queue) {
      for (std::uint64_t sector = 0; sector < 42; ++sector) {
        // One descriptor of two, again and again: more chains than the ring has descriptors for.
        if (sector == 0)
          fixture.driver.submit(VIRTIO_BLK_T_FLUSH, 0, {}, 0, queue);
        else
          fixture.driver.offer(queue, 0);
      }
      fixture.driver.notify(queue);
    }
    CHECK(fixture.engine->waiting().size() == BlockDevice::maximum_under_way);
    fixture.engine->run();
    for (std::uint16_t queue = 0; queue < 8; ++queue)
      CHECK(fixture.driver.half_word(VirtioDriver::device_ring(queue) + 2) == 42);
  }

  TEST_CASE("rate limits hold back what exceeds them, and all of it comes in the end") {
    BlockFixture fixture({.rate = {.bandwidth = {{.per_second = 1 << 20, .burst = 8192}}, .operations = {}}},
                         EngineKind::real);
    const auto begin = std::chrono::steady_clock::now();
    for (int turn = 0; turn < 10; ++turn)
      fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(8192));
    fixture.driver.notify(0);
    for (int turn = 0; turn < 10; ++turn)
      REQUIRE(fixture.driver.wait_used(0));
    // 9 times 8 KiB beyond the burst, of which the last need not be paid for yet.
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(60));
    CHECK(fixture.bench.device().counters().throttled > 0);
    BlockFixture slow({.rate = {.bandwidth = {}, .operations = {{.per_second = 200, .burst = 1}}}}, EngineKind::real);
    const auto again = std::chrono::steady_clock::now();
    for (int turn = 0; turn < 4; ++turn)
      CHECK(slow.driver.flush() == VIRTIO_BLK_S_OK);
    CHECK(std::chrono::steady_clock::now() - again >= std::chrono::milliseconds(14));
  }

  TEST_CASE("what waits for a limit that is changed waits no longer") {
    BlockFixture fixture({.rate = {.bandwidth = {}, .operations = {{.per_second = 1, .burst = 1}}}}, EngineKind::real);
    for (int turn = 0; turn < 4; ++turn)
      fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
    const auto begin = std::chrono::steady_clock::now();
    fixture.driver.notify(0);
    CHECK(fixture.driver.wait_used(0));
    CHECK(!fixture.bench.device().set_rate("receive", std::nullopt));
    CHECK(fixture.bench.device().set_rate("ops", std::nullopt));
    for (int turn = 0; turn < 3; ++turn)
      CHECK(fixture.driver.wait_used(0));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(900));
    CHECK(fixture.bench.device().set_rate("bandwidth", virtio::TokenRate{.per_second = 1, .burst = 1}));
    fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
    fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
    fixture.driver.notify(0);
    CHECK(fixture.driver.wait_used(0));
    CHECK(!fixture.driver.take_used(0));
  }

  TEST_CASE("a reset with requests under way waits for them, writes no guest memory and starts anew") {
    BlockFixture fixture;
    put_contents(fixture.file, 0, Bytes(512, 0x77));
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_IN, 0, {}, 512);
    const BlockSlot zeros = fixture.driver.submit(VIRTIO_BLK_T_FLUSH, 0, {});
    fixture.driver.notify(0);
    const Bytes ring = fixture.driver.bytes(VirtioDriver::device_ring(0), 64);
    CHECK(fixture.engine->waiting().size() == 2);
    fixture.driver.write(0x070, 0);
    CHECK(fixture.engine->waiting().empty());
    CHECK(fixture.engine->under_way() == 0);
    CHECK(fixture.driver.status_of(slot) == no_status);
    CHECK(fixture.driver.status_of(zeros) == no_status);
    CHECK(fixture.driver.bytes(VirtioDriver::device_ring(0), 64) == ring);
    REQUIRE(fixture.driver.start(1));
    CHECK(fixture.request(VIRTIO_BLK_T_IN, 0, {}, 512).data == Bytes(512, 0x77));
  }

  TEST_CASE("a reset while zeroes are being written ends after the piece that is under way") {
    BlockFixture fixture({.discard = true});
    fixture.driver.submit(VIRTIO_BLK_T_WRITE_ZEROES, 0, segment(0, block_sectors));
    fixture.driver.notify(0);
    fixture.engine->step(0, -EOPNOTSUPP);
    fixture.driver.write(0x070, 0);
    CHECK(fixture.engine->under_way() == 0);
  }

  TEST_CASE("resets and shut-downs at any time with real engines leave nothing under way") {
    for (const EngineKind kind : {EngineKind::real, EngineKind::threads}) {
      for (int round = 0; round < 20; ++round) {
        BlockFixture fixture({}, kind);
        REQUIRE(fixture.bench.loop().start("disk", [](const Error&) {}).ok());
        for (int request = 0; request < 20; ++request)
          fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(65536));
        fixture.driver.notify(0);
        std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
        if (round % 2 == 0) fixture.driver.write(0x070, 0);
      }
    }
  }
}

} // namespace volt::test
