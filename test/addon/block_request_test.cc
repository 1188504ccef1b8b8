// What a block device makes of the bytes of a request.
#include <cstring>
#include <doctest/doctest.h>
#include <linux/virtio_blk.h>

#include "devices/virtio/block_request.h"
#include "support/block_driver.h"

namespace volt::test {

using virtio::BlockLimits;
using virtio::BlockRequest;
using Action = BlockRequest::Action;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr BlockLimits all_allowed{.capacity_sectors = 100, .read_only = false, .flush = true, .discard = true};

/// A request in memory of its own, its two halves cut into pieces of `piece_bytes`.
struct Parsed {
  Parsed(std::uint32_t type, std::uint64_t sector, const Bytes& out, std::size_t size_in,
         const BlockLimits& limits = all_allowed, std::size_t piece_bytes = 1000000)
      : readable(16 + out.size()), writable(size_in + 1) {
    std::memcpy(readable.data(), &type, sizeof type);
    std::memcpy(readable.data() + 8, &sector, sizeof sector);
    std::ranges::copy(out, readable.begin() + 16);
    cut(readable, chain.readable, piece_bytes);
    cut(writable, chain.writable, piece_bytes);
    request = read_block_request(chain, limits);
  }

  static void cut(Bytes& bytes, virtio::BufferList& list, std::size_t piece_bytes) {
    for (std::size_t offset = 0; offset < bytes.size(); offset += piece_bytes)
      list.append(std::span(bytes).subspan(offset, std::min(piece_bytes, bytes.size() - offset)));
  }

  [[nodiscard]] bool is_refused(std::uint8_t status) const {
    return request.action == Action::refuse && request.status == status;
  }

  Bytes readable;
  Bytes writable;
  virtio::DescriptorChain chain;
  BlockRequest request;
};

} // namespace

TEST_SUITE("devices/virtio/block_request") {
  TEST_CASE("header and status are found however the driver cuts its buffers") {
    for (const unsigned piece : {1U, 3U, 16U, 17U, 512U, 100000U}) {
      CAPTURE(piece);
      const Parsed write(VIRTIO_BLK_T_OUT, 98, Bytes(1024, 7), 0, all_allowed, piece);
      CHECK(write.request.action == Action::write);
      CHECK(write.request.offset == 98 * 512);
      CHECK(write.request.data.size_bytes() == 1024);
      const Parsed read(VIRTIO_BLK_T_IN, 3, {}, 512, all_allowed, piece);
      CHECK(read.request.action == Action::read);
      CHECK(read.request.data.size_bytes() == 512);
    }
  }

  TEST_CASE("transfers end at the disk's end, without wrapping round") {
    struct Case {
      std::uint64_t sector;
      std::size_t bytes;
      bool fits;
    };
    for (const Case& transfer : {Case{99, 512, true}, Case{99, 1024, false}, Case{100, 512, false}, Case{100, 0, true},
                                 Case{101, 0, false}, Case{UINT64_MAX, 512, false}, Case{UINT64_MAX / 512, 512, false},
                                 Case{0, 511, false}, Case{0, 1, false}, Case{0, 51200, true}, Case{0, 51712, false}}) {
      CAPTURE(transfer.sector);
      CAPTURE(transfer.bytes);
      CHECK(Parsed(VIRTIO_BLK_T_OUT, transfer.sector, Bytes(transfer.bytes), 0).is_refused(VIRTIO_BLK_S_IOERR) !=
            transfer.fits);
      CHECK(Parsed(VIRTIO_BLK_T_IN, transfer.sector, {}, transfer.bytes).is_refused(VIRTIO_BLK_S_IOERR) !=
            transfer.fits);
    }
  }

  TEST_CASE("a header that is too short is refused") {
    Parsed parsed(VIRTIO_BLK_T_IN, 0, {}, 512);
    parsed.chain.readable = parsed.chain.readable.slice(0, 15);
    const BlockRequest request = read_block_request(parsed.chain, all_allowed);
    CHECK(request.action == Action::refuse);
    CHECK(request.status == VIRTIO_BLK_S_IOERR);
  }

  TEST_CASE("types that are not known or not negotiated are not supported") {
    for (const std::uint32_t type : {2U, 3U, 5U, 7U, 9U, 10U, 12U, 14U, 0x80000000U, 0xffffffffU})
      CHECK(Parsed(type, 0, {}, 512).is_refused(VIRTIO_BLK_S_UNSUPP));
    const BlockLimits bare{.capacity_sectors = 100};
    CHECK(Parsed(VIRTIO_BLK_T_FLUSH, 0, {}, 0, bare).is_refused(VIRTIO_BLK_S_UNSUPP));
    CHECK(Parsed(VIRTIO_BLK_T_DISCARD, 0, segment(0, 1), 0, bare).is_refused(VIRTIO_BLK_S_UNSUPP));
    CHECK(Parsed(VIRTIO_BLK_T_WRITE_ZEROES, 0, segment(0, 1), 0, bare).is_refused(VIRTIO_BLK_S_UNSUPP));
    CHECK(Parsed(VIRTIO_BLK_T_FLUSH, 0, {}, 0).request.action == Action::flush);
  }

  TEST_CASE("a read-only disk is not written") {
    const BlockLimits limits{.capacity_sectors = 100, .read_only = true, .flush = true};
    CHECK(Parsed(VIRTIO_BLK_T_OUT, 0, Bytes(512), 0, limits).is_refused(VIRTIO_BLK_S_IOERR));
    CHECK(Parsed(VIRTIO_BLK_T_IN, 0, {}, 512, limits).request.action == Action::read);
  }

  TEST_CASE("segments of discards and zeroes are read with their flags") {
    Bytes two = segment(10, 2, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
    const Bytes other = segment(99, 1);
    two.insert(two.end(), other.begin(), other.end());
    const Parsed parsed(VIRTIO_BLK_T_WRITE_ZEROES, 12345, two, 0, all_allowed, 5);
    REQUIRE(parsed.request.action == Action::write_zeroes);
    REQUIRE(parsed.request.ranges.size() == 2);
    CHECK(parsed.request.ranges[0].offset == 5120);
    CHECK(parsed.request.ranges[0].size_bytes == 1024);
    CHECK(parsed.request.ranges[0].may_unmap);
    CHECK(!parsed.request.ranges[1].may_unmap);
  }

  TEST_CASE("segments that are cut off, too many, too long or outside the disk are errors") {
    constexpr std::uint32_t types[] = {VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES};
    for (const std::uint32_t type : types) {
      CHECK(Parsed(type, 0, {}, 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, Bytes(15), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, Bytes(17 * 16), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, segment(0, 0), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, segment(99, 2), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, segment(UINT64_MAX, 1), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, segment(0, UINT32_MAX), 0).is_refused(VIRTIO_BLK_S_IOERR));
      CHECK(Parsed(type, 0, segment(0, 1, 2), 0).is_refused(VIRTIO_BLK_S_UNSUPP));
    }
    CHECK(Parsed(VIRTIO_BLK_T_DISCARD, 0, segment(0, 1, 1), 0).is_refused(VIRTIO_BLK_S_UNSUPP));
    const BlockLimits large{.capacity_sectors = UINT64_MAX / 512, .flush = true, .discard = true};
    const std::uint32_t most = virtio::maximum_segment_sectors;
    CHECK(Parsed(VIRTIO_BLK_T_DISCARD, 0, segment(0, most), 0, large).request.action == Action::discard);
    CHECK(Parsed(VIRTIO_BLK_T_DISCARD, 0, segment(0, most + 1), 0, large).is_refused(VIRTIO_BLK_S_IOERR));
  }
}

} // namespace volt::test
