// Overlays: reads and writes through them, and what is left in the file.
#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>

#include "devices/virtio/overlay_disk.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

using virtio::BufferList;
using virtio::OverlayDisk;
using virtio::OverlayMap;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Texts = std::vector<std::string>;

/// 40 blocks of 4096 bytes and three sectors of another: the last block is cut off.
constexpr std::uint64_t base_bytes = 40 * 4096 + 3 * 512;

struct Fixture {
  explicit Fixture(std::uint32_t block = 4096, OverlayDisk::Flush flush = OverlayDisk::Flush::syncs)
      : overlay(overlay_file(base_bytes, block)) {
    open(flush);
  }

  /// As the next machine would.
  void open(OverlayDisk::Flush flush = OverlayDisk::Flush::syncs) {
    auto map = OverlayMap::load(overlay, base_bytes);
    REQUIRE(map.ok());
    auto made = std::make_unique<SteppedEngine>(copies_of({&base, &overlay}));
    engine = made.get();
    disk = std::make_unique<OverlayDisk>(std::move(made), std::move(map).value(), flush);
  }

  Bytes read(std::uint64_t offset, std::size_t size) {
    Bytes data(size, 0xaa);
    expect_done([&](auto done) { disk->read(offset, list(data), done); });
    return data;
  }
  void write(std::uint64_t offset, Bytes data) {
    expect_done([&](auto done) { disk->write(offset, list(data), done); });
  }
  void flush() {
    expect_done([&](auto done) { disk->flush(done); });
  }

  void expect_done(const auto& start) {
    int outcome = -1;
    start([&](int host_errno) { outcome = host_errno; });
    engine->run();
    CHECK(outcome == 0);
  }

  static BufferList list(Bytes& bytes) {
    BufferList buffers;
    buffers.append(bytes);
    return buffers;
  }

  FileDescriptor base = numbered_file(base_bytes);
  FileDescriptor overlay;
  SteppedEngine* engine = nullptr;
  std::unique_ptr<OverlayDisk> disk;
};

Bytes base_sectors(std::uint64_t first, std::uint64_t count) {
  Bytes bytes;
  for (std::uint64_t number = first; number < first + count; ++number) {
    const Bytes sector = numbered_sector(number);
    bytes.insert(bytes.end(), sector.begin(), sector.end());
  }
  return bytes;
}

} // namespace

TEST_SUITE("devices/virtio/overlay_disk") {
  TEST_CASE("an empty overlay reads as its base, to the last sector") {
    Fixture fixture;
    CHECK(fixture.read(0, base_bytes) == base_sectors(0, base_bytes / 512));
    CHECK(fixture.read(base_bytes - 512, 512) == numbered_sector(base_bytes / 512 - 1));
  }

  TEST_CASE("what is written is read back, the rest of its block stays, and the base is never written") {
    for (const std::uint32_t block : {4096U, 16384U, 65536U}) {
      CAPTURE(block);
      Fixture fixture(block);
      Bytes expected = base_sectors(0, base_bytes / 512);
      const Bytes original = contents(fixture.base, 0, base_bytes);
      const auto put = [&](std::uint64_t sector, std::uint64_t count, std::uint8_t value) {
        const Bytes bytes(count * 512, value);
        std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(sector * 512));
        fixture.write(sector * 512, bytes);
        CHECK(fixture.read(0, base_bytes) == expected);
      };
      put(9, 1, 1);    // inside a block
      put(6, 4, 2);    // across two, one of which is there
      put(100, 50, 3); // head, whole blocks, tail
      put(0, base_bytes / 512, 4);
      put(base_bytes / 512 - 1, 1, 5);
      CHECK(contents(fixture.base, 0, base_bytes) == original);
    }
  }

  TEST_CASE("the last, cut-off block is copied up and covered as it is") {
    Fixture fixture;
    fixture.write(base_bytes - 512, Bytes(512, 7));
    CHECK(fixture.read(base_bytes - 3 * 512, 1024) == base_sectors(base_bytes / 512 - 3, 2));
    Fixture covered;
    covered.write(40 * 4096, Bytes(3 * 512, 7)); // all there is of it: nothing to copy
    CHECK(covered.read(40 * 4096, 3 * 512) == Bytes(3 * 512, 7));
  }

  TEST_CASE("whole blocks are written without reading the base, parts with") {
    Fixture fixture;
    Bytes data(3 * 4096, 1);
    fixture.disk->write(4096, Fixture::list(data), [](int) {});
    CHECK(fixture.engine->waiting() == Texts{"write 1"});
    fixture.engine->run();
    Bytes part(512, 2);
    fixture.disk->write(0, Fixture::list(part), [](int) {});
    CHECK(fixture.engine->waiting() == Texts{"read 0"});
    fixture.engine->step();
    CHECK(fixture.engine->waiting() == Texts{"write 1"});
    fixture.engine->run();
    fixture.disk->write(512, Fixture::list(part), [](int) {});
    CHECK(fixture.engine->waiting() == Texts{"write 1"}); // it is there now
    fixture.engine->run();
  }

  TEST_CASE("writers of the same new block wait for each other, so that no part of it is lost") {
    Fixture fixture;
    Bytes one(512, 1);
    Bytes two(512, 2);
    Bytes all(4096, 3);
    int ended = 0;
    const auto count = [&](int host_errno) { ended += host_errno == 0 ? 1 : 100; };
    fixture.disk->write(0, Fixture::list(one), count);
    fixture.disk->write(512, Fixture::list(two), count);
    CHECK(fixture.engine->waiting() == Texts{"read 0"});
    fixture.engine->run();
    CHECK(ended == 2);
    CHECK(fixture.read(0, 512) == one);
    CHECK(fixture.read(512, 512) == two);
    CHECK(fixture.read(1024, 512) == numbered_sector(2));
    fixture.disk->write(4096, Fixture::list(all), count);
    fixture.disk->write(4096, Fixture::list(one), count);
    CHECK(fixture.engine->waiting() == Texts{"write 1"});
    fixture.engine->run();
    CHECK(ended == 4);
    CHECK(fixture.read(4096, 512) == one);
    CHECK(fixture.read(4608, 512) == Bytes(512, 3));
  }

  TEST_CASE("a copy that fails leaves the block as the base has it, and lets the next writer try") {
    Fixture fixture;
    Bytes one(512, 1);
    Bytes two(512, 2);
    int first = -1;
    int second = -1;
    fixture.disk->write(0, Fixture::list(one), [&](int host_errno) { first = host_errno; });
    fixture.disk->write(512, Fixture::list(two), [&](int host_errno) { second = host_errno; });
    fixture.engine->step();
    fixture.engine->step(0, -ENOSPC);
    CHECK(first == ENOSPC);
    fixture.engine->run();
    CHECK(second == 0);
    CHECK(fixture.read(0, 512) == numbered_sector(0));
    CHECK(fixture.read(512, 512) == two);
  }

  TEST_CASE("a flush makes data durable before the bitmap, and the bitmap before it ends") {
    Fixture fixture;
    fixture.write(0, Bytes(4096, 1));
    CHECK(contents(fixture.overlay, 4096, 1) == Bytes{0}); // no bit yet
    int outcome = -1;
    fixture.disk->flush([&](int host_errno) { outcome = host_errno; });
    for (const char* expected : {"sync 1", "write 1", "sync 1"}) {
      CHECK(outcome == -1);
      CHECK(fixture.engine->waiting() == Texts{expected});
      fixture.engine->step();
    }
    CHECK(outcome == 0);
    CHECK(contents(fixture.overlay, 4096, 1) == Bytes{1});
    fixture.disk->flush([](int) {});
    CHECK(fixture.engine->waiting() == Texts{"sync 1"}); // with nothing new, once is enough
    fixture.engine->step();
    CHECK(fixture.engine->waiting().empty());
  }

  TEST_CASE("a block that comes while a flush is under way belongs to the next, and so do flushes") {
    Fixture fixture;
    fixture.write(0, Bytes(4096, 1));
    int first = -1;
    int second = -1;
    int third = -1;
    fixture.disk->flush([&](int host_errno) { first = host_errno; });
    Bytes data(4096, 2);
    fixture.disk->write(4096, Fixture::list(data), [](int) {});
    fixture.disk->flush([&](int host_errno) { second = host_errno; });
    fixture.disk->flush([&](int host_errno) { third = host_errno; });
    fixture.engine->step(1); // the write
    fixture.engine->step();  // sync
    fixture.engine->step();  // bitmap
    CHECK(contents(fixture.overlay, 4096, 1) == Bytes{1});
    fixture.engine->step();
    CHECK(first == 0);
    CHECK(second == -1);
    fixture.engine->run();
    CHECK(second == 0);
    CHECK(third == 0);
    CHECK(contents(fixture.overlay, 4096, 1) == Bytes{3});
  }

  TEST_CASE("a flush that fails is made up for by the next") {
    for (std::size_t failing = 0; failing < 3; ++failing) {
      CAPTURE(failing);
      Fixture fixture;
      fixture.write(0, Bytes(4096, 1));
      int outcome = -1;
      fixture.disk->flush([&](int host_errno) { outcome = host_errno; });
      for (std::size_t step = 0; step < failing; ++step)
        fixture.engine->step();
      fixture.engine->step(0, -EIO);
      CHECK(outcome == EIO);
      CHECK(fixture.engine->waiting().empty());
      fixture.flush();
      CHECK(contents(fixture.overlay, 4096, 1) == Bytes{1});
    }
  }

  TEST_CASE("without syncs the order is kept") {
    Fixture fixture(4096, OverlayDisk::Flush::orders_only);
    fixture.write(0, Bytes(4096, 1));
    fixture.disk->flush([](int) {});
    CHECK(fixture.engine->waiting() == Texts{"write 1"});
    fixture.engine->run();
  }

  TEST_CASE("coming to rest cancels requests, writes the bitmap, and the next machine reads all that ended") {
    Fixture fixture;
    fixture.write(0, Bytes(8192, 1));
    Bytes part(512, 2);
    std::vector<int> outcomes;
    const auto note = [&](int host_errno) { outcomes.push_back(host_errno); };
    fixture.disk->write(8192, Fixture::list(part), note);
    fixture.disk->write(8192 + 512, Fixture::list(part), note); // waits for the first
    fixture.disk->flush(note);
    fixture.disk->flush(note);
    fixture.disk->come_to_rest();
    CHECK(outcomes.size() == 4);
    CHECK(std::ranges::count(outcomes, ECANCELED) >= 3);
    CHECK(fixture.engine->under_way() == 0);
    CHECK(contents(fixture.overlay, 4096, 1) == Bytes{3});
    fixture.open();
    CHECK(fixture.read(0, 8192) == Bytes(8192, 1));
    CHECK(fixture.read(8192, 1024) == base_sectors(16, 2));
  }

  TEST_CASE("zeroes read as zeros whether the blocks were there or not, and cover no more than they should") {
    Fixture fixture;
    // What an earlier, crashed machine may have left behind in a block that is not the overlay's.
    put_contents(fixture.overlay, 8192 + 10 * 4096, Bytes(4096, 0x99));
    fixture.write(8 * 4096, Bytes(4096, 1));
    int outcome = -1;
    fixture.disk->write_zeroes(7 * 4096 + 512, 4 * 4096, true, [&](int host_errno) { outcome = host_errno; });
    fixture.engine->run();
    CHECK(outcome == 0);
    CHECK(fixture.read(7 * 4096, 512) == numbered_sector(56));
    CHECK(fixture.read(7 * 4096 + 512, 4 * 4096) == Bytes(4 * 4096, 0));
    CHECK(fixture.read(11 * 4096 + 512, 512) == numbered_sector(89));
  }

  TEST_CASE("a discard punches the overlay's whole blocks, leaves parts alone and does nothing to the base's") {
    Fixture fixture;
    fixture.write(0, Bytes(4 * 4096, 1));
    fixture.flush();
    int outcome = -1;
    fixture.disk->discard(512, 8 * 4096, [&](int host_errno) { outcome = host_errno; });
    CHECK(fixture.engine->waiting() == Texts{"punch 1"});
    fixture.engine->run();
    CHECK(outcome == 0);
    CHECK(fixture.read(0, 4096) == Bytes(4096, 1));
    CHECK(fixture.read(4096, 3 * 4096) == Bytes(3 * 4096, 0));
    CHECK(fixture.read(4 * 4096, 512) == numbered_sector(32));
    fixture.disk->discard(4 * 4096, 4096, [](int) {});
    CHECK(fixture.engine->waiting().empty());
  }
}

} // namespace volt::test
