// An overlay's layout, and files that are none.
#include <doctest/doctest.h>

#include "devices/virtio/overlay_map.h"
#include "support/disk_files.h"

namespace volt::test {

using virtio::OverlayMap;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// 40 blocks of 4096 bytes and three sectors of another: the last block is cut off.
constexpr std::uint64_t base_bytes = 40 * 4096 + 3 * 512;

} // namespace

TEST_SUITE("devices/virtio/overlay_map") {
  TEST_CASE("places are those of the documented example") {
    const virtio::OverlayLayout layout{.base_bytes = 1 << 30, .block_bytes = 4096};
    CHECK(layout.block_count() == 262144);
    CHECK(layout.bitmap_bytes() == 32768);
    CHECK(layout.data_offset() == 36864);
    CHECK(layout.file_bytes() == 1073778688);
  }

  TEST_CASE("files that are no overlay, or not of this base, are refused") {
    const auto problem = [](std::uint64_t offset, Bytes bytes) {
      const FileDescriptor file = overlay_file(base_bytes);
      put_contents(file, offset, bytes);
      const auto map = OverlayMap::load(file, base_bytes);
      CHECK((map.ok() || map.error().code == ErrorCode::host_error));
      return map.ok() ? "" : map.error().message;
    };
    CHECK(problem(0, {'V'}).empty());
    CHECK(problem(0, {'v'}) == "the overlay is not an overlay file");
    CHECK(problem(8, {2}) == "the overlay has version 2, this Volt knows version 1");
    CHECK(problem(12, {0, 8}) == "the overlay has blocks of 2048 bytes, which cannot be");
    CHECK(problem(12, {0, 0x30}) == "the overlay has blocks of 12288 bytes, which cannot be");
    CHECK(problem(12, {0, 0, 2}) == "the overlay has blocks of 131072 bytes, which cannot be");
    CHECK(problem(17, {0}).starts_with("the overlay was made for an image of "));
    CHECK(problem(4096 + 5, {2}) == "the overlay is damaged: it has blocks behind its end");
    CHECK(problem(4096 + 5, {1}).empty()); // block 40 is the last
    CHECK(problem(4096 + 6 + 4096 + 41 * 4096, {1}).starts_with("the overlay has "));
    CHECK(!OverlayMap::load(memory_file(100), base_bytes).ok());
    CHECK(!OverlayMap::load(memory_file(0), base_bytes).ok());
  }
}

} // namespace volt::test
