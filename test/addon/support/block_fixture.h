// A block device on a raw file behind its registers, with its driver.
#pragma once

#include <cstring>
#include <doctest/doctest.h>

#include "devices/virtio/raw_disk.h"
#include "devices/virtio/thread_pool_engine.h"
#include "support/block_driver.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

using Bytes = std::vector<std::uint8_t>;

/// Of the file.
constexpr std::uint64_t block_sectors = 2048;
enum class EngineKind { stepped, real, threads };

struct BlockFixture {
  explicit BlockFixture(virtio::BlockOptions options = {}, EngineKind kind = EngineKind::stepped,
                        std::optional<std::uint64_t> features = std::nullopt,
                        FileDescriptor disk = memory_file(block_sectors * 512))
      : file(std::move(disk)), bench([&](virtio::EventLoop& loop) {
          options.capacity_sectors = block_sectors;
          const auto flush = options.cache == virtio::CacheMode::unsafe ? virtio::RawDisk::Flush::does_nothing
                                                                        : virtio::RawDisk::Flush::syncs;
          return std::make_unique<virtio::BlockDevice>(
              options, std::make_unique<virtio::RawDisk>(make_engine(kind, loop), flush), std::uint16_t{256});
        }) {
    REQUIRE(driver.start(options.queues, features, 64));
  }

  std::unique_ptr<virtio::IoEngine> make_engine(EngineKind kind, virtio::EventLoop& loop) {
    auto files = copies_of({&file});
    if (kind == EngineKind::real)
      return std::move(virtio::make_io_engine("disk", std::move(files), rings, loop)).value();
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

  std::uint32_t config(std::size_t offset, std::size_t size) {
    Bytes data(size);
    bench.transport().read(0x100 + offset, data);
    std::uint32_t value = 0;
    std::memcpy(&value, data.data(), size);
    return value;
  }

  FileDescriptor file;
  virtio::RingShelf rings;
  SteppedEngine* engine = nullptr;
  VirtioBench bench;
  BlockDriver driver{bench};
};

} // namespace volt::test
