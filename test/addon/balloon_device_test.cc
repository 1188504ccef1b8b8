// virtio-balloon behind its registers: memory that really comes back, lists that lie, statistics.
#include <cstring>
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "devices/virtio/balloon_device.h"
#include "devices/virtio/page_release.h"
#include "devices/virtio/page_run.h"
#include "support/virtio_driver.h"

namespace volt::test {

using virtio::BalloonDevice;
using virtio::page_bytes;

namespace {

constexpr std::uint16_t inflate_queue = 0;
constexpr std::uint16_t deflate_queue = 1;
constexpr std::uint16_t statistics_queue = 2;
constexpr std::uint64_t list_address = 0xf0000;
/// Memory that nothing else uses: 512 pages that reach over the border of two regions.
constexpr std::uint64_t playground = border_address - (256 * page_bytes);
constexpr std::uint32_t first_page = playground / page_bytes;

struct Fixture {
  explicit Fixture(const virtio::BalloonOptions& options = {}, std::optional<std::uint64_t> features = std::nullopt)
      : bench([&](virtio::EventLoop&) {
          auto made = std::make_unique<BalloonDevice>(options);
          device = made.get();
          return made;
        }) {
    REQUIRE(driver.start(options.free_page_reporting ? 4 : 3, features));
  }

  /// Fills the playground, so that all of its pages are there.
  void touch() {
    driver.fill(playground, std::vector<std::uint8_t>(256 * page_bytes, 0xaa));
    driver.fill(border_address, std::vector<std::uint8_t>(256 * page_bytes, 0xbb));
    REQUIRE(resident_pages() == 512);
  }
  unsigned resident_pages() { return resident_pages(playground) + resident_pages(border_address); }
  /// Of 256 from `address` on.
  unsigned resident_pages(std::uint64_t address) {
    const auto bytes = bench.memory().at({{address}, 256 * page_bytes});
    std::array<unsigned char, 256> residency{};
    REQUIRE(mincore(bytes->data(), bytes->size(), residency.data()) == 0);
    unsigned count = 0;
    for (const unsigned char page : residency)
      count += page & 1;
    return count;
  }
  void send(std::uint16_t queue, const std::vector<std::uint32_t>& pages) {
    std::vector<std::uint8_t> bytes(pages.size() * 4);
    std::memcpy(bytes.data(), pages.data(), bytes.size());
    driver.fill(list_address, bytes);
    driver.add(queue, {{list_address, static_cast<std::uint32_t>(bytes.size())}}, {});
    driver.notify(queue);
    bench.loop().turn();
    REQUIRE(driver.take_used(queue));
  }
  void send_statistics(const std::vector<virtio_balloon_stat>& items) {
    std::vector<std::uint8_t> bytes(items.size() * sizeof(virtio_balloon_stat));
    std::memcpy(bytes.data(), items.data(), bytes.size());
    driver.fill(list_address, bytes);
    driver.add(statistics_queue, {{list_address, static_cast<std::uint32_t>(bytes.size())}}, {});
    driver.notify(statistics_queue);
  }

  BalloonDevice* device = nullptr;
  VirtioBench bench;
  VirtioDriver driver{bench};
};

std::vector<std::uint32_t> range(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> pages(count);
  for (std::uint32_t index = 0; index < count; ++index)
    pages[index] = first + count - 1 - index; // as Linux does: downwards
  return pages;
}

} // namespace

TEST_SUITE("devices/virtio/balloon_device") {
  TEST_CASE("it says what it is, and offers what it was told to") {
    Fixture fixture;
    CHECK(fixture.driver.read(0x008) == 5);
    CHECK((fixture.driver.offered_features() & 0xffff) == 1 << 1);
    Fixture all({.target_pages = 77, .deflate_on_oom = true, .free_page_reporting = true});
    CHECK((all.driver.offered_features() & 0xffff) == (1 << 1 | 1 << 2 | 1 << 5));
    CHECK(all.driver.read(0x100) == 77);
    CHECK(all.driver.read(0x104) == 0);
  }

  TEST_CASE("pages that go into the balloon come back to the host, and read as zero") {
    Fixture fixture;
    fixture.touch();
    fixture.send(inflate_queue, range(first_page + 10, 492));
    CHECK(fixture.resident_pages() == 20);
    CHECK(fixture.device->balloon_counters().inflated_pages == 492);
    CHECK(fixture.driver.bytes(playground + 9 * page_bytes, 1)[0] == 0xaa);
    CHECK(fixture.driver.bytes(playground + 10 * page_bytes, 1)[0] == 0);
    CHECK(fixture.driver.bytes(border_address, 1)[0] == 0);
    CHECK(fixture.driver.bytes(border_address + 246 * page_bytes, 1)[0] == 0xbb);
    CHECK(fixture.bench.faults().texts.empty());
  }

  TEST_CASE("pages that leave the balloon can be used again") {
    Fixture fixture;
    fixture.touch();
    fixture.send(inflate_queue, range(first_page, 100));
    fixture.send(deflate_queue, range(first_page, 100));
    CHECK(fixture.device->balloon_counters().deflated_pages == 100);
    fixture.touch();
  }

  TEST_CASE("pages that come twice, lie outside memory or nowhere harm nobody") {
    Fixture fixture;
    fixture.touch();
    const auto beyond = static_cast<std::uint32_t>(low_end / page_bytes);
    fixture.send(inflate_queue,
                 {first_page, first_page, UINT32_MAX, beyond, first_page, UINT32_MAX - 1, beyond - 1, 0});
    CHECK(fixture.resident_pages() == 510);
    CHECK(fixture.device->balloon_counters().inflated_pages == 3);
    CHECK(fixture.device->balloon_counters().refused_pages == 3);
    CHECK(fixture.bench.faults().texts.size() == 1);
    CHECK((fixture.driver.status() & 0x40) == 0); // it goes on
  }

  TEST_CASE("lists that are too long, or end within a number, are taken as far as they go") {
    Fixture fixture;
    fixture.touch();
    std::vector<std::uint32_t> pages(BalloonDevice::maximum_request_pages + 1, first_page);
    pages.back() = first_page + 1;
    fixture.send(inflate_queue, pages);
    CHECK(fixture.resident_pages() == 511);
    CHECK(fixture.bench.faults().texts.size() == 1);
    fixture.driver.add(inflate_queue, {{list_address, 3}}, {});
    fixture.driver.add(inflate_queue, {}, {{list_address, 4}});
    fixture.driver.notify(inflate_queue);
    CHECK(fixture.driver.take_used(inflate_queue));
    CHECK(fixture.driver.take_used(inflate_queue));
    CHECK(fixture.resident_pages() == 511);
  }

  TEST_CASE("many long lists are served over several rounds") {
    Fixture fixture;
    const std::vector<std::uint8_t> zeros(4 * BalloonDevice::maximum_request_pages);
    fixture.driver.fill(list_address, zeros);
    for (int count = 0; count < 16; ++count)
      fixture.driver.add(inflate_queue, {{list_address, static_cast<std::uint32_t>(zeros.size())}}, {});
    fixture.driver.notify(inflate_queue);
    unsigned served = 0;
    while (fixture.driver.take_used(inflate_queue))
      ++served;
    CHECK(served == 2);
    while (fixture.driver.wait_used(inflate_queue)) {
      if (++served == 16) break;
    }
    CHECK(served == 16);
  }

  TEST_CASE("free pages that are reported come back to the host, whole pages only") {
    Fixture fixture({.free_page_reporting = true});
    fixture.touch();
    fixture.driver.add(3, {}, {{playground, 64 * page_bytes}, {playground + 100 * page_bytes + 1, 3 * page_bytes}});
    fixture.driver.notify(3);
    CHECK(fixture.driver.take_used(3).value().written_bytes == 0);
    CHECK(fixture.resident_pages() == 512 - 64 - 2);
    CHECK(fixture.device->balloon_counters().reported_pages == 66);
    CHECK(fixture.driver.bytes(playground + 100 * page_bytes + 1, 1)[0] == 0xaa);
    CHECK(fixture.driver.bytes(playground + 101 * page_bytes, 1)[0] == 0);
  }

  TEST_CASE("without statistics the reports' queue is the third; without reports it is nobody's") {
    const std::uint64_t reporting = version_1 | 1 << 5;
    Fixture fixture({.free_page_reporting = true}, reporting);
    fixture.touch();
    fixture.driver.add(2, {}, {{playground, page_bytes}});
    fixture.driver.notify(2);
    CHECK(fixture.driver.take_used(2));
    CHECK(fixture.resident_pages() == 511);
    Fixture neither({.free_page_reporting = true}, version_1);
    neither.touch();
    neither.driver.add(2, {}, {{playground, page_bytes}});
    neither.driver.notify(2);
    CHECK(!neither.driver.take_used(2));
    CHECK(neither.resident_pages() == 512);
  }

  TEST_CASE("another target changes the configuration, and the driver says what it has") {
    Fixture fixture;
    const unsigned before = fixture.bench.interrupt().count();
    fixture.device->set_target(1234);
    CHECK(fixture.driver.read(0x100) == 1234);
    CHECK(fixture.driver.read(0x060) == 2);
    CHECK(fixture.bench.interrupt().count() == before + 1);
    fixture.device->set_target(1234);
    CHECK(fixture.bench.interrupt().count() == before + 1);
    fixture.driver.write(0x100, 99); // read-only
    fixture.driver.write(0x104, 1000);
    CHECK(fixture.driver.read(0x100) == 1234);
    CHECK(fixture.device->actual_pages() == 1000);
    CHECK(fixture.device->state().actual_pages == 1000);
    CHECK(fixture.device->state().target_pages == 1234);
    fixture.driver.write(0x070, 0);
    CHECK(fixture.device->actual_pages() == 0);
    CHECK(fixture.driver.read(0x100) == 1234);
  }

  TEST_CASE("statistics are read and asked for again at their interval") {
    Fixture fixture({.statistics_interval = std::chrono::milliseconds(10)});
    CHECK(!fixture.device->statistics().value(VIRTIO_BALLOON_S_MEMFREE));
    fixture.send_statistics({{VIRTIO_BALLOON_S_MEMFREE, 1000}, {VIRTIO_BALLOON_S_MEMTOT, 2000}, {999, 7}});
    CHECK(fixture.device->statistics().value(VIRTIO_BALLOON_S_MEMFREE) == std::optional<std::uint64_t>(1000));
    CHECK(fixture.device->statistics().value(VIRTIO_BALLOON_S_MEMTOT) == std::optional<std::uint64_t>(2000));
    CHECK(!fixture.device->statistics().value(999));
    CHECK(fixture.device->state().statistics_head == std::optional<std::uint16_t>(0));
    CHECK(!fixture.driver.take_used(statistics_queue));
    REQUIRE(fixture.driver.wait_used(statistics_queue));
    CHECK(!fixture.device->state().statistics_head);
    fixture.send_statistics({{VIRTIO_BALLOON_S_MEMFREE, 900}});
    CHECK(fixture.device->statistics().value(VIRTIO_BALLOON_S_MEMFREE) == std::optional<std::uint64_t>(900));
    REQUIRE(fixture.driver.wait_used(statistics_queue));
    fixture.driver.write(0x070, 0);
    CHECK(!fixture.device->statistics().value(VIRTIO_BALLOON_S_MEMFREE));
  }

  TEST_CASE("statistics of any length are read, and of two buffers one waits") {
    Fixture fixture({.statistics_interval = std::chrono::milliseconds(10)});
    fixture.driver.add(statistics_queue, {{list_address, 1 << 16}}, {});
    fixture.driver.add(statistics_queue, {{list_address, 15}}, {});
    fixture.driver.notify(statistics_queue);
    CHECK(fixture.driver.wait_used(statistics_queue).value().head == 0);
    CHECK(fixture.driver.wait_used(statistics_queue).value().head == 1);
  }
}

TEST_SUITE("devices/virtio/page_run") {
  TEST_CASE("numbers are sorted and joined, and each page comes once") {
    std::vector<std::uint32_t> numbers{7, 3, 2, 7, UINT32_MAX, 4};
    const auto runs = virtio::page_runs(numbers);
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].start.value == 2 * page_bytes);
    CHECK(runs[0].size_bytes == 3 * page_bytes);
    CHECK(runs[1].start.value == 7 * page_bytes);
    CHECK(runs[1].size_bytes == page_bytes);
    CHECK(runs[2].start.value == UINT32_MAX * page_bytes);
  }

  TEST_CASE("a balloon is what the guest does not keep, in whole pages, as large as it can be") {
    CHECK(virtio::balloon_pages(1 << 20, 1 << 20) == 0);
    CHECK(virtio::balloon_pages(1 << 20, 2 << 20) == 0);
    CHECK(virtio::balloon_pages(1 << 20, 0) == 256);
    CHECK(virtio::balloon_pages(1 << 20, (1 << 20) - 1) == 0);
    CHECK(virtio::balloon_pages(1 << 20, 4097) == 254);
    CHECK(virtio::balloon_pages(std::uint64_t{64} << 40, 0) == UINT32_MAX);
  }
}

TEST_SUITE("devices/virtio/page_release") {
  TEST_CASE("pages of shared memory leave the file that another process maps") {
    const std::array<GuestRange, 1> ranges{GuestRange{{0}, 4 * page_bytes}};
    auto memory = GuestMemory::create(ranges, GuestMemory::Backing::shared);
    REQUIRE(memory.ok());
    const GuestMemory::Region& region = memory.value().regions().front();
    std::ranges::fill(region.mapping.bytes(), std::uint8_t{1});
    const auto inner = region.mapping.bytes().subspan(page_bytes, 2 * page_bytes);
    CHECK(virtio::release_pages(inner, GuestMemory::Backing::shared) == static_cast<std::int64_t>(2 * page_bytes));
    struct stat status {};
    REQUIRE(fstat(region.file.get(), &status) == 0);
    CHECK(status.st_blocks * 512 == static_cast<blkcnt_t>(2 * page_bytes));
    const auto other = Mapping::shared(region.file.get(), 4 * page_bytes, "memory");
    REQUIRE(other.ok());
    CHECK(other.value().bytes()[0] == 1);
    CHECK(other.value().bytes()[page_bytes] == 0);
    CHECK(other.value().bytes()[3 * page_bytes - 1] == 0);
    CHECK(other.value().bytes()[3 * page_bytes] == 1);
  }

  TEST_CASE("what holds no whole page is left alone, and a refusal is told") {
    auto mapping = Mapping::anonymous(2 * page_bytes);
    REQUIRE(mapping.ok());
    const auto bytes = mapping.value().bytes();
    const auto release = [](std::span<std::uint8_t> some) {
      return virtio::release_pages(some, GuestMemory::Backing::anonymous);
    };
    std::ranges::fill(bytes, std::uint8_t{1});
    CHECK(release(bytes.subspan(1, 2 * page_bytes - 2)) == 0);
    CHECK(release(bytes.subspan(1, 10)) == 0);
    CHECK(release({}) == 0);
    CHECK(bytes[page_bytes] == 1);
    { const Mapping gone = std::move(mapping).value(); }
    CHECK(release(bytes) < 0);
  }
}

} // namespace volt::test
