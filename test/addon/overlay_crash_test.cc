// Overlays after crashes: at every moment of random work, whatever of the unsynced writes reached the disk.
#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>
#include <random>
#include <set>

#include "devices/virtio/overlay_disk.h"
#include "support/disk_files.h"
#include "support/stepped_engine.h"

namespace volt::test {

using virtio::BufferList;
using virtio::IoOperation;
using virtio::OverlayDisk;
using virtio::OverlayLayout;
using virtio::OverlayMap;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t sectors = 64;
constexpr std::uint64_t base_bytes = sectors * 512;
/// Sectors of the base hold their number and one, those that are written a number from here on, and zeroes hold 0.
constexpr std::uint64_t first_version = 1000;

/// The overlay file as it is on the disk, and what was written since the last sync, in pieces that may each be there or
/// not.
class CrashedFile {
public:
  explicit CrashedFile(const FileDescriptor& file, std::uint64_t size_bytes)
      : durable_(contents(file, 0, size_bytes)) {}

  void note(const IoOperation& operation, std::span<const iovec> buffers) {
    if (operation.file != 1) return;
    std::uint64_t offset = operation.offset;
    switch (operation.kind) {
    case IoOperation::Kind::read:
      break;
    case IoOperation::Kind::write:
      for (const iovec& buffer : buffers) {
        const auto* bytes = static_cast<const std::uint8_t*>(buffer.iov_base);
        for (std::size_t done = 0; done < buffer.iov_len; done += 512, offset += 512) {
          const std::size_t count = std::min<std::size_t>(512, buffer.iov_len - done);
          loose_.push_back({offset, {bytes + done, bytes + done + count}});
        }
      }
      break;
    case IoOperation::Kind::punch:
    case IoOperation::Kind::zero:
      loose_.push_back({offset, Bytes(operation.size_bytes)});
      break;
    case IoOperation::Kind::sync:
      for (const Piece& piece : loose_)
        put(durable_, piece);
      loose_.clear();
      break;
    }
  }

  /// The file after a crash at this moment.
  Bytes crash(std::mt19937& random) const {
    Bytes file = durable_;
    // Of pieces of one sector the later one wins if it is there; each is there or not.
    for (const Piece& piece : loose_) {
      if (random() % 2 == 0) put(file, piece);
    }
    return file;
  }

private:
  struct Piece {
    std::uint64_t offset;
    Bytes bytes;
  };

  static void put(Bytes& file, const Piece& piece) {
    std::ranges::copy(piece.bytes, file.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  }

  Bytes durable_;
  std::vector<Piece> loose_;
};

/// What each sector may hold after a crash now.
class Expectation {
public:
  Expectation() {
    for (std::uint64_t sector = 0; sector < sectors; ++sector)
      history_.push_back({{.version = sector + 1, .ended = true}});
  }

  void begins(std::uint64_t sector, std::uint64_t version) { history_[sector].push_back({version, false}); }
  void ends(std::uint64_t sector) { history_[sector].back().ended = true; }

  /// Index of the last write of each sector that has ended.
  [[nodiscard]] std::vector<std::size_t> snapshot() const {
    std::vector<std::size_t> indices;
    for (const auto& writes : history_) {
      std::size_t last = writes.size() - 1;
      while (!writes[last].ended)
        --last;
      indices.push_back(last);
    }
    return indices;
  }
  /// A flush that began at the snapshot has ended.
  void flushed(const std::vector<std::size_t>& snapshot) {
    for (std::uint64_t sector = 0; sector < sectors; ++sector)
      floor_[sector] = std::max(floor_[sector], snapshot[sector]);
  }

  [[nodiscard]] bool may_hold(std::uint64_t sector, std::uint64_t version) const {
    const auto& writes = history_[sector];
    for (std::size_t index = floor_[sector]; index < writes.size(); ++index) {
      if (writes[index].version == version) return true;
    }
    return false;
  }

private:
  struct Write {
    std::uint64_t version;
    bool ended;
  };
  std::vector<std::vector<Write>> history_;
  std::vector<std::size_t> floor_ = std::vector<std::size_t>(sectors);
};

class Work {
public:
  explicit Work(unsigned seed, std::uint32_t block)
      : random_(seed), overlay_(overlay_file(base_bytes, block)),
        size_bytes_(OverlayLayout{.base_bytes = base_bytes, .block_bytes = block}.file_bytes()),
        file_(overlay_, size_bytes_), busy_(sectors) {
    for (std::uint64_t sector = 0; sector < sectors; ++sector)
      put_contents(base_, sector * 512, sector_of(sector + 1));
    auto map = OverlayMap::load(overlay_, base_bytes);
    REQUIRE(map.ok());
    auto engine = std::make_unique<SteppedEngine>(copies_of({&base_, &overlay_}));
    engine_ = engine.get();
    engine_->observe(
        [this](const IoOperation& operation, std::span<const iovec> buffers) { file_.note(operation, buffers); });
    disk_ = std::make_unique<OverlayDisk>(std::move(engine), std::move(map).value(), OverlayDisk::Flush::syncs);
  }
  ~Work() { disk_->come_to_rest(); }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      switch (random_() % 8) {
      case 0:
        flush();
        break;
      case 1:
      case 2:
        write(false);
        break;
      case 3:
        write(true);
        break;
      default:
        if (!engine_->waiting().empty()) engine_->step(random_() % engine_->waiting().size());
      }
      check_crash();
    }
  }

private:
  static Bytes sector_of(std::uint64_t version) {
    Bytes bytes(512);
    std::memcpy(bytes.data(), &version, sizeof version);
    return bytes;
  }

  /// Some sectors that no other request is busy with, written with new versions or as zeros.
  void write(bool zeroes) {
    const std::uint64_t first = random_() % sectors;
    std::uint64_t count = 0;
    const std::uint64_t wanted = 1 + random_() % 20;
    while (count < wanted && first + count < sectors && !busy_[first + count])
      ++count;
    if (count == 0) return;
    const auto data = std::make_shared<Bytes>();
    for (std::uint64_t sector = first; sector < first + count; ++sector) {
      const std::uint64_t version = zeroes ? 0 : next_version_++;
      const Bytes bytes = sector_of(version);
      data->insert(data->end(), bytes.begin(), bytes.end());
      expectation_.begins(sector, version);
      busy_[sector] = true;
    }
    const auto done = [this, first, count, data](int) {
      for (std::uint64_t sector = first; sector < first + count; ++sector) {
        expectation_.ends(sector);
        busy_[sector] = false;
      }
    };
    BufferList buffers;
    buffers.append(*data);
    if (zeroes)
      disk_->write_zeroes(first * 512, count * 512, true, done);
    else
      disk_->write(first * 512, buffers, done);
  }

  void flush() {
    disk_->flush([this, snapshot = expectation_.snapshot()](int host_errno) {
      if (host_errno == 0) expectation_.flushed(snapshot);
    });
  }

  void check_crash() {
    const FileDescriptor crashed = memory_file(size_bytes_);
    put_contents(crashed, 0, file_.crash(random_));
    const auto map = OverlayMap::load(crashed, base_bytes);
    REQUIRE(map.ok());
    const OverlayLayout& layout = map.value().layout();
    for (std::uint64_t sector = 0; sector < sectors; ++sector) {
      const bool is_ours = map.value().has(sector * 512 / layout.block_bytes);
      const Bytes bytes =
          is_ours ? contents(crashed, layout.data_offset() + sector * 512, 8) : contents(base_, sector * 512, 8);
      std::uint64_t version = 0;
      std::memcpy(&version, bytes.data(), sizeof version);
      CAPTURE(sector);
      CAPTURE(version);
      REQUIRE(expectation_.may_hold(sector, version));
    }
  }

  std::mt19937 random_;
  FileDescriptor base_ = memory_file(base_bytes);
  FileDescriptor overlay_;
  std::uint64_t size_bytes_;
  CrashedFile file_;
  std::vector<bool> busy_;
  Expectation expectation_;
  std::uint64_t next_version_ = first_version;
  SteppedEngine* engine_ = nullptr;
  std::unique_ptr<OverlayDisk> disk_;
};

} // namespace

TEST_SUITE("devices/virtio/overlay crash") {
  TEST_CASE("what was flushed is there after a crash at any moment, and no sector is lost that nobody wrote") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      Work(seed, seed % 2 == 0 ? 4096 : 8192).run(300);
    }
  }
}

} // namespace volt::test
