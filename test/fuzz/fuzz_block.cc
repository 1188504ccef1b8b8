// Fuzzes the block device on a file in memory, raw or with an overlay; the fuzzer also says when I/O ends, and fails.
#include <linux/virtio_blk.h>

#include "devices/virtio/overlay_disk.h"
#include "devices/virtio/raw_disk.h"
#include "hostile_driver.h"
#include "support/block_driver.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;
constexpr std::uint64_t sectors = 100;
constexpr std::uint64_t disk_bytes = sectors * 512;

class BlockGame {
public:
  explicit BlockGame(FuzzedDataProvider& input)
      : input_(input), bench_([this](virtio::EventLoop&) { return make_device(); }), driver_(bench_, input, queues),
        requests_(driver_.driver()) {}

  void play() {
    for (int act = 0; act < maximum_acts && input_.remaining_bytes() > 0; ++act) {
      switch (input_.ConsumeIntegralInRange(0, 5)) {
      case 0:
      case 1:
        request();
        break;
      case 2:
        step();
        break;
      case 3:
        engine_->run();
        break;
      default:
        driver_.act();
      }
    }
  }

private:
  static constexpr std::uint16_t queues = 2;

  std::unique_ptr<virtio::BlockDevice> make_device() {
    const virtio::BlockOptions options{.capacity_sectors = sectors,
                                       .read_only = input_.ConsumeIntegralInRange(0, 15) == 0,
                                       .serial = "fuzzed",
                                       .cache = input_.ConsumeBool() ? virtio::CacheMode::writeback
                                                                     : virtio::CacheMode::writethrough,
                                       .queues = queues,
                                       .discard = true};
    const FileDescriptor image = memory_file(disk_bytes);
    const FileDescriptor overlay = overlay_file(disk_bytes, 8192);
    auto engine = std::make_unique<SteppedEngine>(copies_of({&image, &overlay}));
    engine_ = engine.get();
    std::unique_ptr<virtio::Disk> disk;
    if (input_.ConsumeBool()) {
      disk = std::make_unique<virtio::RawDisk>(std::move(engine), virtio::RawDisk::Flush::syncs);
    } else {
      auto map = virtio::OverlayMap::load(overlay, disk_bytes);
      if (!map.ok()) std::abort();
      disk = std::make_unique<virtio::OverlayDisk>(std::move(engine), std::move(map).value(),
                                                   virtio::OverlayDisk::Flush::syncs);
    }
    return std::make_unique<virtio::BlockDevice>(options, std::move(disk), std::uint16_t{256});
  }

  /// A request that is sound but for its numbers, in buffers of its own behind those that the driver plays with.
  void request() {
    constexpr std::uint32_t types[] = {VIRTIO_BLK_T_IN,     VIRTIO_BLK_T_OUT,     VIRTIO_BLK_T_FLUSH,
                                       VIRTIO_BLK_T_GET_ID, VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES};
    const std::uint64_t place = 0x200000 + 0x10000 * input_.ConsumeIntegralInRange<std::uint64_t>(0, 15);
    virtio_blk_outhdr header{};
    header.type = input_.ConsumeBool() ? input_.PickValueInArray(types) : input_.ConsumeIntegral<std::uint8_t>();
    header.sector = input_.ConsumeIntegralInRange<std::uint64_t>(0, sectors);
    const auto bytes = input_.ConsumeIntegralInRange<std::uint32_t>(0, 40) * 512;
    const std::uint16_t queue = driver_.pick_queue();
    // SAFETY: a structure seen as bytes.
    requests_.fill(place, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    const std::vector<Buffer> status{{place + 16, 1}};
    const bool takes_ranges = header.type == VIRTIO_BLK_T_DISCARD || header.type == VIRTIO_BLK_T_WRITE_ZEROES;
    if (takes_ranges) {
      const auto range = segment(header.sector, input_.ConsumeIntegralInRange<std::uint32_t>(0, sectors),
                                 input_.ConsumeIntegralInRange<std::uint32_t>(0, 2));
      requests_.fill(place + 32, range);
      requests_.add(queue, {{place, 16}, {place + 32, 16}}, status);
    } else if (bytes == 0) {
      requests_.add(queue, {{place, 16}}, status);
    } else if (header.type == VIRTIO_BLK_T_OUT) {
      requests_.add(queue, {{place, 16}, {place + 32, bytes}}, status);
    } else {
      requests_.add(queue, {{place, 16}}, {{place + 32, bytes}, {place + 16, 1}});
    }
    requests_.notify(queue);
  }

  void step() {
    constexpr std::int64_t results[] = {-EIO, -ENOSPC, -EINTR, -EOPNOTSUPP, 0, 1};
    if (engine_->waiting().empty()) return;
    const std::size_t index = input_.ConsumeIntegralInRange<std::size_t>(0, engine_->waiting().size() - 1);
    if (input_.ConsumeBool()) return engine_->step(index);
    engine_->step(index, input_.PickValueInArray(results));
  }

  FuzzedDataProvider& input_;
  SteppedEngine* engine_ = nullptr;
  VirtioBench bench_;
  HostileDriver driver_;
  VirtioDriver& requests_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  volt::test::BlockGame(input).play();
  return 0;
}
