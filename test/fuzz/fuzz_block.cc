// Fuzzes the block device on a file in memory, raw or with an overlay; the fuzzer also says when I/O ends, and fails.
#include <linux/virtio_blk.h>
#include <unistd.h>

#include "devices/virtio/block_device.h"
#include "devices/virtio/overlay_disk.h"
#include "devices/virtio/raw_disk.h"
#include "hostile_driver.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

namespace {

constexpr std::uint64_t sectors = 36; // blocks of 4096, and half a one
constexpr std::uint64_t disk_bytes = sectors * 512;
constexpr std::uint16_t queues = 2;

class BlockGame {
public:
  explicit BlockGame(FuzzedDataProvider& input)
      : input_(input), bench_([this](virtio::EventLoop&) { return make_device(); }, 256, fuzz_memory()),
        driver_(bench_, input, queues, {"bandwidth", "ops"}) {}

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() {
    switch (input_.ConsumeIntegralInRange(0, 6)) {
    case 0:
    case 1:
    case 2:
      return request();
    case 3:
      return step();
    case 4:
      return engine_->run();
    default:
      return driver_.act();
    }
  }

private:
  std::unique_ptr<virtio::BlockDevice> make_device() {
    constexpr virtio::CacheMode modes[] = {virtio::CacheMode::writeback, virtio::CacheMode::writethrough,
                                           virtio::CacheMode::unsafe};
    const virtio::BlockOptions options{.capacity_sectors = sectors,
                                       .read_only = input_.ConsumeIntegralInRange(0, 15) == 0,
                                       .serial = "fuzzed",
                                       .cache = input_.PickValueInArray(modes),
                                       .queues = queues,
                                       .discard = input_.ConsumeIntegralInRange(0, 15) > 0};
    auto disk = make_disk(options.cache == virtio::CacheMode::unsafe);
    engine_ = dynamic_cast<SteppedEngine*>(&disk->engine());
    return std::make_unique<virtio::BlockDevice>(options, std::move(disk), std::uint16_t{256});
  }

  std::unique_ptr<virtio::Disk> make_disk(bool is_unsafe) {
    const FileDescriptor image = memory_file(disk_bytes);
    if (input_.ConsumeBool()) {
      return std::make_unique<virtio::RawDisk>(std::make_unique<SteppedEngine>(copies_of({&image})),
                                               is_unsafe ? virtio::RawDisk::Flush::does_nothing
                                                         : virtio::RawDisk::Flush::syncs);
    }
    const FileDescriptor overlay = overlay_file(disk_bytes);
    if (input_.ConsumeIntegralInRange(0, 15) == 0) break_overlay(overlay);
    auto map = virtio::OverlayMap::load(overlay, disk_bytes);
    if (!map.ok()) map = virtio::OverlayMap::load(overlay_file(disk_bytes), disk_bytes);
    if (!map.ok()) std::abort();
    return std::make_unique<virtio::OverlayDisk>(
        std::make_unique<SteppedEngine>(copies_of({&image, &overlay})), std::move(map).value(),
        is_unsafe ? virtio::OverlayDisk::Flush::orders_only : virtio::OverlayDisk::Flush::syncs);
  }

  /// Bytes of its header, of its bitmap, or its length.
  void break_overlay(const FileDescriptor& overlay) {
    constexpr std::uint64_t places[] = {0, 8, 12, 16, virtio::OverlayLayout::bitmap_offset()};
    if (input_.ConsumeBool()) return put_contents(overlay, input_.PickValueInArray(places), pick_block());
    if (ftruncate(overlay.get(), input_.ConsumeIntegral<std::uint16_t>()) != 0) std::abort();
  }

  std::vector<std::uint8_t> pick_block() {
    auto bytes = input_.ConsumeBytes<std::uint8_t>(8);
    bytes.resize(8);
    return bytes;
  }

  /// A request that is sound but for its numbers.
  void request() {
    constexpr std::uint32_t types[] = {VIRTIO_BLK_T_IN,     VIRTIO_BLK_T_OUT,     VIRTIO_BLK_T_FLUSH,
                                       VIRTIO_BLK_T_GET_ID, VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES};
    virtio_blk_outhdr header{};
    header.type = input_.ConsumeIntegralInRange(0, 7) > 0 ? input_.PickValueInArray(types)
                                                          : input_.ConsumeIntegral<std::uint8_t>();
    header.sector = input_.ConsumeIntegralInRange<std::uint64_t>(0, sectors);
    const auto bytes = input_.ConsumeIntegralInRange<std::uint32_t>(0, 20) * 512;
    const std::uint64_t place = driver_.pick_place(32 + bytes);
    // SAFETY: a structure seen as bytes.
    driver_.driver().fill(place, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    std::vector<Buffer> readable{{place, 16}};
    std::vector<Buffer> writable;
    if (header.type == VIRTIO_BLK_T_DISCARD || header.type == VIRTIO_BLK_T_WRITE_ZEROES) {
      readable.push_back({place + 32, put_ranges(place + 32, header.sector)});
    } else if (bytes > 0) {
      (header.type == VIRTIO_BLK_T_OUT ? readable : writable).push_back({place + 32, bytes});
    }
    writable.push_back({place + 16, 1});
    const std::uint16_t queue = driver_.pick_queue();
    driver_.driver().add(queue, readable, writable);
    driver_.driver().notify(queue);
  }

  /// One range or two, at `place`; says how many bytes they are.
  std::uint32_t put_ranges(std::uint64_t place, std::uint64_t sector) {
    virtio_blk_discard_write_zeroes ranges[2]{};
    for (virtio_blk_discard_write_zeroes& range : ranges) {
      range.sector = sector;
      range.num_sectors = input_.ConsumeIntegralInRange<std::uint32_t>(0, sectors);
      range.flags = input_.ConsumeIntegralInRange<std::uint32_t>(0, 2);
    }
    const auto size_bytes =
        static_cast<std::uint32_t>(input_.ConsumeIntegralInRange<std::size_t>(1, 2) * sizeof ranges[0]);
    // SAFETY: structures seen as bytes.
    driver_.driver().fill(std::min(place, fuzz_border - size_bytes),
                          {reinterpret_cast<const std::uint8_t*>(ranges), size_bytes});
    return size_bytes;
  }

  void step() {
    constexpr std::int64_t results[] = {-EIO, -ENOSPC, -EINTR, -EOPNOTSUPP, 0, 1};
    const std::size_t waiting = engine_->waiting_count();
    if (waiting == 0) return;
    const std::size_t index = input_.ConsumeIntegralInRange<std::size_t>(0, waiting - 1);
    if (input_.ConsumeBool()) return engine_->step(index);
    engine_->step(index, input_.PickValueInArray(results));
  }

  FuzzedDataProvider& input_;
  SteppedEngine* engine_ = nullptr;
  VirtioBench bench_;
  HostileDriver driver_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::BlockGame>(data, size);
}
