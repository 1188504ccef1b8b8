// The block device behind its registers, on raw files.
#include <cstddef>
#include <cstring>
#include <doctest/doctest.h>
#include <thread>

#include "devices/virtio/raw_disk.h"
#include "devices/virtio/thread_pool_engine.h"
#include "support/block_driver.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

using virtio::BlockDevice;
using virtio::BlockOptions;
using virtio::CacheMode;
using virtio::RawDisk;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t sectors = 2048;
constexpr std::uint64_t flush_feature = 1 << VIRTIO_BLK_F_FLUSH;
constexpr std::uint64_t wce_feature = 1 << VIRTIO_BLK_F_CONFIG_WCE;

enum class EngineKind { stepped, real, threads };

struct Fixture {
  explicit Fixture(BlockOptions options = {}, EngineKind kind = EngineKind::stepped,
                   std::optional<std::uint64_t> features = std::nullopt,
                   FileDescriptor disk = memory_file(sectors * 512))
      : file(std::move(disk)), bench([&](virtio::EventLoop& loop) {
          options.capacity_sectors = sectors;
          const auto flush = options.cache == CacheMode::unsafe ? RawDisk::Flush::does_nothing : RawDisk::Flush::syncs;
          return std::make_unique<BlockDevice>(options, std::make_unique<RawDisk>(make_engine(kind, loop), flush),
                                               std::uint16_t{256});
        }) {
    REQUIRE(driver.start(options.queues, features, 64));
  }

  std::unique_ptr<virtio::IoEngine> make_engine(EngineKind kind, virtio::EventLoop& loop) {
    auto files = copies_of({&file});
    if (kind == EngineKind::real) return std::move(virtio::make_io_engine(std::move(files), loop)).value();
    if (kind == EngineKind::threads) return std::move(virtio::ThreadPoolEngine::create(std::move(files), loop)).value();
    auto made = std::make_unique<SteppedEngine>(std::move(files));
    engine = made.get();
    return made;
  }

  /// Submits and runs the stepped engine to its end.
  BlockAnswer request(std::uint32_t type, std::uint64_t sector, const Bytes& out, std::uint32_t size_in = 0) {
    const BlockSlot slot = driver.submit(type, sector, out, size_in);
    driver.notify(0);
    engine->run();
    const auto used = driver.take_used(0);
    REQUIRE(used);
    return {driver.status_of(slot), used->written_bytes, size_in > 0 ? driver.bytes(slot.data, size_in) : Bytes()};
  }

  BlockDevice& device() { return static_cast<BlockDevice&>(bench.device()); }
  std::uint32_t config(std::size_t offset, std::size_t size) {
    Bytes data(size);
    bench.transport().read(0x100 + offset, data);
    std::uint32_t value = 0;
    std::memcpy(&value, data.data(), size);
    return value;
  }

  FileDescriptor file;
  SteppedEngine* engine = nullptr;
  VirtioBench bench;
  BlockDriver driver{bench};
};

} // namespace

TEST_SUITE("devices/virtio/block_device") {
  TEST_CASE("its configuration says what it is") {
    Fixture fixture({.queues = 4, .discard = true});
    CHECK(fixture.driver.read(0x008) == 2);
    CHECK(fixture.config(offsetof(virtio_blk_config, capacity), 4) == sectors);
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
    const auto offered = [](BlockOptions options) { return Fixture(std::move(options)).bench.device().features(); };
    const std::uint64_t discard = 1 << VIRTIO_BLK_F_DISCARD | 1 << VIRTIO_BLK_F_WRITE_ZEROES;
    const std::uint64_t cache = flush_feature | wce_feature;
    CHECK((offered({}) & (discard | cache | 1 << VIRTIO_BLK_F_RO | 1 << VIRTIO_BLK_F_MQ)) == cache);
    CHECK((offered({.cache = CacheMode::writethrough}) & cache) == 0);
    CHECK((offered({.cache = CacheMode::unsafe}) & cache) == flush_feature);
    CHECK((offered({.discard = true}) & discard) == discard);
    CHECK((offered({.read_only = true, .discard = true}) & (discard | 1 << VIRTIO_BLK_F_RO)) == 1 << VIRTIO_BLK_F_RO);
    CHECK((offered({.queues = 2}) & 1 << VIRTIO_BLK_F_MQ) != 0);
  }

  TEST_CASE("data go to their sectors and come back, by io_uring and by threads") {
    for (const EngineKind kind : {EngineKind::real, EngineKind::threads}) {
      Fixture fixture({}, kind);
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
    Fixture fixture;
    const BlockAnswer answer = fixture.request(VIRTIO_BLK_T_IN, sectors, {}, 512);
    CHECK(answer.status == VIRTIO_BLK_S_IOERR);
    CHECK(answer.written_bytes == 0); // the status lies behind data that nobody wrote
    CHECK(fixture.request(VIRTIO_BLK_T_OUT, sectors - 1, Bytes(1024)).status == VIRTIO_BLK_S_IOERR);
    CHECK(fixture.request(VIRTIO_BLK_T_OUT, sectors - 1, Bytes(512)).status == VIRTIO_BLK_S_OK);
  }

  TEST_CASE("a request without room for a status is returned and reported") {
    Fixture fixture;
    fixture.driver.add(0, {{data_address, 16}}, {});
    fixture.driver.notify(0);
    const auto used = fixture.driver.take_used(0);
    REQUIRE(used);
    CHECK(used->written_bytes == 0);
    CHECK(fixture.bench.faults().texts.size() == 1);
  }

  TEST_CASE("the serial number is filled up with zeros, and has no end when it is full") {
    Fixture fixture({.serial = "disk-0"});
    const BlockAnswer answer = fixture.request(VIRTIO_BLK_T_GET_ID, 0, {}, 20);
    CHECK(answer.status == VIRTIO_BLK_S_OK);
    CHECK(answer.written_bytes == 21);
    Bytes expected{'d', 'i', 's', 'k', '-', '0'};
    expected.resize(20);
    CHECK(answer.data == expected);
    CHECK(fixture.request(VIRTIO_BLK_T_GET_ID, 0, {}, 19).status == VIRTIO_BLK_S_IOERR);
    Fixture full({.serial = "abcdefghijklmnopqrst"});
    CHECK(full.request(VIRTIO_BLK_T_GET_ID, 0, {}, 30).data[19] == 't');
  }

  TEST_CASE("a flush is answered when fdatasync has returned, and not before") {
    Fixture fixture;
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
    Fixture fixture;
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_FLUSH, 0, {});
    fixture.driver.notify(0);
    fixture.engine->step(0, -EIO);
    CHECK(fixture.driver.status_of(slot) == VIRTIO_BLK_S_IOERR);
    CHECK(fixture.bench.device().counters().errors == 1);
  }

  TEST_CASE("each write is durable before its answer where the guest cannot flush, or chose so, or the plan says so") {
    const auto operations_of_write = [](Fixture& fixture) {
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
    Fixture writeback;
    CHECK(operations_of_write(writeback) == alone);
    Fixture no_flush({}, EngineKind::stepped, version_1);
    CHECK(operations_of_write(no_flush) == durable);
    Fixture writethrough({.cache = CacheMode::writethrough});
    CHECK(operations_of_write(writethrough) == durable);
    Fixture unsafe({.cache = CacheMode::unsafe});
    CHECK(operations_of_write(unsafe) == alone);
    CHECK(unsafe.driver.flush() == VIRTIO_BLK_S_OK); // at once
    Fixture unsafe_no_flush({.cache = CacheMode::unsafe}, EngineKind::stepped, version_1);
    CHECK(operations_of_write(unsafe_no_flush) == alone);
  }

  TEST_CASE("the guest may turn the write cache off and on, where it negotiated that") {
    Fixture fixture;
    const auto set_cache = [](Fixture& of, std::uint8_t value) {
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
    Fixture without({}, EngineKind::stepped, version_1 | flush_feature);
    set_cache(without, 0);
    CHECK(without.config(offsetof(virtio_blk_config, wce), 1) == 1);
    fixture.bench.transport().write(0x100, Bytes(8, 0xff)); // nothing else can be written
    CHECK(fixture.config(0, 4) == sectors);
  }

  TEST_CASE("discards give space back and zeroes read as zeros, on file systems with holes and without") {
    for (const bool on_disk : {true, false}) {
      Fixture fixture({.discard = true}, EngineKind::real, std::nullopt,
                      on_disk ? disk_file(sectors * 512) : memory_file(sectors * 512));
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
    Fixture fixture({.discard = true});
    put_contents(fixture.file, 0, Bytes(1024 * 1024, 9));
    const BlockSlot slot = fixture.driver.submit(VIRTIO_BLK_T_WRITE_ZEROES, 0, segment(1, sectors - 2));
    fixture.driver.notify(0);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"zero 0"});
    fixture.engine->step(0, -EOPNOTSUPP);
    CHECK(fixture.engine->waiting() == std::vector<std::string>{"write 0"});
    fixture.engine->run();
    CHECK(fixture.driver.status_of(slot) == VIRTIO_BLK_S_OK);
    CHECK(contents(fixture.file, 511, 2) == Bytes{9, 0});
    CHECK(contents(fixture.file, (sectors - 1) * 512 - 1, 2) == Bytes{0, 9});
    fixture.driver.submit(VIRTIO_BLK_T_DISCARD, 0, segment(0, 1));
    fixture.driver.notify(0);
    fixture.engine->step(0, -EOPNOTSUPP);
    CHECK(fixture.engine->waiting().empty()); // a discard is a hint
  }

  TEST_CASE("a host's failure becomes an I/O error of that request only") {
    Fixture fixture;
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
    Fixture fixture({.queues = 2});
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
    Fixture fixture({.queues = 8});
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
    Fixture fixture({.rate = {.bandwidth = {{.per_second = 1 << 20, .burst = 8192}}, .operations = {}}},
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
    Fixture slow({.rate = {.bandwidth = {}, .operations = {{.per_second = 200, .burst = 1}}}}, EngineKind::real);
    const auto again = std::chrono::steady_clock::now();
    for (int turn = 0; turn < 4; ++turn)
      CHECK(slow.driver.flush() == VIRTIO_BLK_S_OK);
    CHECK(std::chrono::steady_clock::now() - again >= std::chrono::milliseconds(14));
  }

  TEST_CASE("a reset with requests under way waits for them, writes no guest memory and starts anew") {
    Fixture fixture;
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
    Fixture fixture({.discard = true});
    fixture.driver.submit(VIRTIO_BLK_T_WRITE_ZEROES, 0, segment(0, sectors));
    fixture.driver.notify(0);
    fixture.engine->step(0, -EOPNOTSUPP);
    fixture.driver.write(0x070, 0);
    CHECK(fixture.engine->under_way() == 0);
  }

  TEST_CASE("resets and shut-downs at any time with real engines leave nothing under way") {
    for (const EngineKind kind : {EngineKind::real, EngineKind::threads}) {
      for (int round = 0; round < 20; ++round) {
        Fixture fixture({}, kind);
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
