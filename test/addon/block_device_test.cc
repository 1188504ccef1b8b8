// The block device behind its registers: what each request does to a raw file.
#include <cstddef>
#include <doctest/doctest.h>

#include "support/block_fixture.h"

namespace volt::test {

using virtio::BlockOptions;
using virtio::CacheMode;

namespace {

constexpr std::uint64_t flush_feature = 1 << VIRTIO_BLK_F_FLUSH;
constexpr std::uint64_t wce_feature = 1 << VIRTIO_BLK_F_CONFIG_WCE;

} // namespace

TEST_SUITE("devices/virtio/block_device") {
  TEST_CASE("its configuration says what it is") {
    BlockFixture fixture({.queues = 4, .discard = true});
    CHECK(fixture.driver.read(0x008) == 2);
    CHECK(fixture.config(offsetof(virtio_blk_config, capacity), 4) == block_sectors);
    CHECK(fixture.config(offsetof(virtio_blk_config, seg_max), 4) == 254);
    CHECK(fixture.config(offsetof(virtio_blk_config, blk_size), 4) == 512);
    CHECK(fixture.config(offsetof(virtio_blk_config, physical_block_exp), 1) == 3);
    CHECK(fixture.config(offsetof(virtio_blk_config, wce), 1) == 1);
    CHECK(fixture.config(offsetof(virtio_blk_config, num_queues), 2) == 4);
    CHECK(fixture.config(offsetof(virtio_blk_config, max_discard_seg), 4) == 16);
    CHECK(fixture.config(offsetof(virtio_blk_config, write_zeroes_may_unmap), 1) == 1);
    fixture.driver.write(0x030, 3);
    CHECK(fixture.driver.read(0x034) == 256);
  }

  TEST_CASE("features follow the options") {
    const auto offered = [](BlockOptions options) {
      return BlockFixture(std::move(options)).bench.device().features();
    };
    const std::uint64_t discard = 1 << VIRTIO_BLK_F_DISCARD | 1 << VIRTIO_BLK_F_WRITE_ZEROES;
    const std::uint64_t cache = flush_feature | wce_feature;
    CHECK((offered({}) & (discard | cache | 1 << VIRTIO_BLK_F_RO | 1 << VIRTIO_BLK_F_MQ)) == cache);
    CHECK((offered({.cache = CacheMode::writethrough}) & cache) == 0);
    CHECK((offered({.cache = CacheMode::unsafe}) & cache) == flush_feature);
    CHECK((offered({.discard = true}) & discard) == discard);
    CHECK((offered({.read_only = true, .discard = true}) & (discard | 1 << VIRTIO_BLK_F_RO)) == 1 << VIRTIO_BLK_F_RO);
    CHECK((offered({.queues = 2}) & 1 << VIRTIO_BLK_F_MQ) != 0);
  }

  TEST_CASE("data go to their block_sectors and come back, by io_uring and by threads") {
    for (const EngineKind kind : {EngineKind::real, EngineKind::threads}) {
      BlockFixture fixture({}, kind);
      const Bytes data(8192, 0x5a);
      CHECK(fixture.driver.write_disk(100, data) == VIRTIO_BLK_S_OK);
      CHECK(contents(fixture.file, 100 * 512, 8192) == data);
      put_contents(fixture.file, 2047 * 512, Bytes(512, 0x77));
      const BlockAnswer answer = fixture.driver.read_disk(2047, 512);
      CHECK(answer.status == VIRTIO_BLK_S_OK);
      CHECK(answer.data == Bytes(512, 0x77));
      CHECK(answer.written_bytes == 513);
      CHECK(fixture.driver.flush() == VIRTIO_BLK_S_OK);
      CHECK(fixture.bench.interrupt().count() == 1); // the driver never moved its event index
      CHECK(fixture.bench.device().counters().bytes_from_guest == 8192);
      CHECK(fixture.bench.device().counters().bytes_to_guest == 512);
    }
  }

  TEST_CASE("requests outside the disk fail without an operation, and the next is served") {
    BlockFixture fixture;
    const BlockAnswer answer = fixture.request(VIRTIO_BLK_T_IN, block_sectors, {}, 512);
    CHECK(answer.status == VIRTIO_BLK_S_IOERR);
    CHECK(answer.written_bytes == 0); // the status lies behind data that nobody wrote
    CHECK(fixture.request(VIRTIO_BLK_T_OUT, block_sectors - 1, Bytes(1024)).status == VIRTIO_BLK_S_IOERR);
    CHECK(fixture.request(VIRTIO_BLK_T_OUT, block_sectors - 1, Bytes(512)).status == VIRTIO_BLK_S_OK);
  }

  TEST_CASE("a request without room for a status is returned and reported") {
    BlockFixture fixture;
    fixture.driver.add(0, {{data_address, 16}}, {});
    fixture.driver.notify(0);
    const auto used = fixture.driver.take_used(0);
    REQUIRE(used);
    CHECK(used->written_bytes == 0);
    CHECK(fixture.bench.faults().texts.size() == 1);
  }

  TEST_CASE("the serial number is filled up with zeros, and has no end when it is full") {
    BlockFixture fixture({.serial = "disk-0"});
    const BlockAnswer answer = fixture.request(VIRTIO_BLK_T_GET_ID, 0, {}, 20);
    CHECK(answer.status == VIRTIO_BLK_S_OK);
    CHECK(answer.written_bytes == 21);
    Bytes expected{'d', 'i', 's', 'k', '-', '0'};
    expected.resize(20);
    CHECK(answer.data == expected);
    CHECK(fixture.request(VIRTIO_BLK_T_GET_ID, 0, {}, 19).status == VIRTIO_BLK_S_IOERR);
    BlockFixture full({.serial = "abcdefghijklmnopqrst"});
    CHECK(full.request(VIRTIO_BLK_T_GET_ID, 0, {}, 30).data[19] == 't');
  }

  TEST_CASE("a flush is answered when fdatasync has returned, and not before") {
    BlockFixture fixture;
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_FLUSH, 0, {});
    fixture.driver.notify(0);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"sync 0"});
    CHECK(!fixture.driver.take_used(0));
    CHECK(fixture.driver.status_of(slot) == no_status);
    fixture.engine->step();
    CHECK(fixture.driver.take_used(0));
    CHECK(fixture.driver.status_of(slot) == VIRTIO_BLK_S_OK);
  }

  TEST_CASE("a flush that fails says so") {
    BlockFixture fixture;
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_FLUSH, 0, {});
    fixture.driver.notify(0);
    fixture.engine->step(0, -EIO);
    CHECK(fixture.driver.status_of(slot) == VIRTIO_BLK_S_IOERR);
    CHECK(fixture.bench.device().counters().errors == 1);
  }

  TEST_CASE("each write is durable before its answer where the guest cannot flush, or chose so, or the plan says so") {
    const auto operations_of_write = [](BlockFixture& fixture) {
      std::vector<std::string> seen;
      fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
      fixture.driver.notify(0);
      while (!fixture.engine->waiting().empty()) {
        CHECK(!fixture.driver.take_used(0));
        seen.push_back(fixture.engine->waiting().at(0));
        fixture.engine->step();
      }
      CHECK(fixture.driver.take_used(0));
      return seen;
    };
    const std::vector<std::string> alone{"write 0"};
    const std::vector<std::string> durable{"write 0", "sync 0"};
    BlockFixture writeback;
    CHECK(operations_of_write(writeback) == alone);
    BlockFixture no_flush({}, EngineKind::stepped, version_1);
    CHECK(operations_of_write(no_flush) == durable);
    BlockFixture writethrough({.cache = CacheMode::writethrough});
    CHECK(operations_of_write(writethrough) == durable);
    BlockFixture unsafe({.cache = CacheMode::unsafe});
    CHECK(operations_of_write(unsafe) == alone);
    CHECK(unsafe.driver.flush() == VIRTIO_BLK_S_OK); // at once
    BlockFixture unsafe_no_flush({.cache = CacheMode::unsafe}, EngineKind::stepped, version_1);
    CHECK(operations_of_write(unsafe_no_flush) == alone);
  }

  TEST_CASE("the guest may turn the write cache off and on, where it negotiated that") {
    BlockFixture fixture;
    const auto set_cache = [](BlockFixture& of, std::uint8_t value) {
      of.bench.transport().write(0x100 + offsetof(virtio_blk_config, wce), Bytes{value});
    };
    set_cache(fixture, 0);
    CHECK(fixture.config(offsetof(virtio_blk_config, wce), 1) == 0);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"sync 0"}); // what was written before
    fixture.engine->run();
    fixture.driver.submit(VIRTIO_BLK_T_OUT, 0, Bytes(512));
    fixture.driver.notify(0);
    fixture.engine->step();
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"sync 0"});
    CHECK(!fixture.driver.take_used(0));
    fixture.engine->step();
    CHECK(fixture.driver.take_used(0));
    set_cache(fixture, 1);
    CHECK(fixture.engine->waiting().empty());
    BlockFixture without({}, EngineKind::stepped, version_1 | flush_feature);
    set_cache(without, 0);
    CHECK(without.config(offsetof(virtio_blk_config, wce), 1) == 1);
    fixture.bench.transport().write(0x100, Bytes(8, 0xff)); // nothing else can be written
    CHECK(fixture.config(0, 4) == block_sectors);
  }

  TEST_CASE("discards give space back and zeroes read as zeros, on file systems with holes and without") {
    for (const bool on_disk : {true, false}) {
      BlockFixture fixture({.discard = true}, EngineKind::real, std::nullopt,
                           on_disk ? disk_file(block_sectors * 512) : memory_file(block_sectors * 512));
      REQUIRE(fixture.driver.write_disk(0, Bytes(512 * 1024, 9)) == VIRTIO_BLK_S_OK);
      REQUIRE(fixture.driver.flush() == VIRTIO_BLK_S_OK);
      const std::uint64_t before = allocated_bytes(fixture.file);
      CHECK(fixture.driver.clear(VIRTIO_BLK_T_DISCARD, 0, 512) == VIRTIO_BLK_S_OK);
      CHECK(allocated_bytes(fixture.file) < before);
      CHECK(fixture.driver.clear(VIRTIO_BLK_T_WRITE_ZEROES, 513, 3) == VIRTIO_BLK_S_OK);
      CHECK(fixture.driver.clear(VIRTIO_BLK_T_WRITE_ZEROES, 600, 16, 1) == VIRTIO_BLK_S_OK);
      CHECK(contents(fixture.file, 512 * 512, 2) == Bytes{9, 9});
      CHECK(contents(fixture.file, 513 * 512, 3 * 512) == Bytes(3 * 512, 0));
      CHECK(contents(fixture.file, 516 * 512, 2) == Bytes{9, 9});
      CHECK(contents(fixture.file, 600 * 512, 16 * 512) == Bytes(16 * 512, 0));
    }
  }

  TEST_CASE("zeroes are written in pieces where the file system has no way to make them") {
    BlockFixture fixture({.discard = true});
    put_contents(fixture.file, 0, Bytes(1024 * 1024, 9));
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_WRITE_ZEROES, 0, segment(1, block_sectors - 2));
    fixture.driver.notify(0);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"zero 0"});
    fixture.engine->step(0, -EOPNOTSUPP);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"write 0"});
    fixture.engine->run();
    CHECK(fixture.driver.status_of(slot) == VIRTIO_BLK_S_OK);
    CHECK(contents(fixture.file, 511, 2) == Bytes{9, 0});
    CHECK(contents(fixture.file, (block_sectors - 1) * 512 - 1, 2) == Bytes{0, 9});
    fixture.driver.submit(VIRTIO_BLK_T_DISCARD, 0, segment(0, 1));
    fixture.driver.notify(0);
    fixture.engine->step(0, -EOPNOTSUPP);
    CHECK(fixture.engine->waiting().empty()); // a discard is a hint
  }
}

} // namespace volt::test
