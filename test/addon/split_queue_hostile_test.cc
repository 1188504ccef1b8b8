// The split virtqueue against hostile drivers: what each tries, and that it ends in DEVICE_NEEDS_RESET and nothing
// worse.
#include <doctest/doctest.h>

#include "support/probe_fixture.h"

namespace volt::test {

using virtio::DescriptorChain;
using virtio::virtq_desc;
using virtio::VIRTQ_DESC_F_INDIRECT;
using virtio::VIRTQ_DESC_F_NEXT;
using virtio::VIRTQ_DESC_F_WRITE;

namespace {

constexpr std::uint32_t needs_reset = 0x40;
constexpr std::uint64_t table_address = 0x180000;

/// A probe whose driver is about to break the rules.
struct Fixture : RunningProbe {
  using RunningProbe::RunningProbe;

  void expect_broken(const char* text) {
    driver.notify(0);
    CHECK((driver.status() & needs_reset) != 0);
    REQUIRE(bench.faults().texts.size() == 1);
    CHECK(bench.faults().texts[0] == text);
    CHECK(device().held.empty());
    CHECK(bench.transport().interrupt_status() == 2); // the configuration's
    // It stays so until it is reset, and works afterwards.
    driver.notify(0);
    CHECK(device().held.empty());
    REQUIRE(driver.start(ProbeDevice::queues));
    driver.add(0, {{data_address, 4}}, {});
    driver.notify(0);
    CHECK(device().held.size() == 1);
  }
};

} // namespace

TEST_SUITE("devices/virtio/split_queue: hostile drivers") {
  TEST_CASE("descriptors that run in a loop") {
    Fixture fixture;
    fixture.driver.set_descriptor(0, 0, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 1});
    fixture.driver.set_descriptor(0, 1, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 0});
    fixture.driver.offer(0, 0);
    fixture.expect_broken("a descriptor chain runs in a loop");
  }

  TEST_CASE("a descriptor that is its own next") {
    Fixture fixture;
    fixture.driver.set_descriptor(0, 3, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 3});
    fixture.driver.offer(0, 3);
    fixture.expect_broken("a descriptor chain runs in a loop");
  }

  TEST_CASE("a head or a next index outside the table") {
    Fixture fixture;
    SUBCASE("head") {
      fixture.driver.offer(0, 16);
    }
    SUBCASE("largest head") {
      fixture.driver.offer(0, 0xffff);
    }
    SUBCASE("next") {
      fixture.driver.set_descriptor(0, 0, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 16});
      fixture.driver.offer(0, 0);
    }
    fixture.expect_broken("a descriptor's index lies outside its table");
  }

  TEST_CASE("buffers that do not lie in memory, or wrap round the address space") {
    const Buffer bad[] = {{low_end - 4, 8}, {low_end, 1},          {0xd0000000, 4},
                          {0xfee00000, 4},  {high_address - 1, 2}, {high_address + high_bytes - 1, 2},
                          {UINT64_MAX, 1},  {UINT64_MAX - 3, 8},   {0, UINT32_MAX}};
    for (const Buffer& buffer : bad) {
      CAPTURE(buffer.address);
      Fixture fixture;
      fixture.driver.add(0, {}, {buffer});
      fixture.expect_broken("a buffer lies outside memory");
    }
  }

  TEST_CASE("a buffer without bytes") {
    Fixture fixture;
    fixture.driver.add(0, {{data_address, 0}}, {});
    fixture.expect_broken("a buffer is empty");
  }

  TEST_CASE("a readable buffer behind a writable one") {
    Fixture fixture;
    fixture.driver.set_descriptor(
        0, 0, {.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE, .next = 1});
    fixture.driver.set_descriptor(0, 1, {.addr = data_address, .len = 4, .flags = 0, .next = 0});
    fixture.driver.offer(0, 0);
    fixture.expect_broken("a readable buffer behind a writable one");
  }

  TEST_CASE("an indirect descriptor that was not negotiated") {
    Fixture fixture(version_1);
    fixture.driver.add_indirect(0, table_address, {{data_address, 4}}, {});
    fixture.expect_broken("an indirect descriptor where none is allowed");
  }

  TEST_CASE("an indirect table in an indirect table") {
    Fixture fixture;
    fixture.driver.add_indirect(0, table_address, {{data_address, 16}}, {});
    const virtq_desc nested{.addr = table_address, .len = 16, .flags = VIRTQ_DESC_F_INDIRECT, .next = 0};
    fixture.driver.fill(table_address, {reinterpret_cast<const std::uint8_t*>(&nested), sizeof nested});
    fixture.expect_broken("an indirect descriptor where none is allowed");
  }

  TEST_CASE("indirect descriptors that are none") {
    struct Case {
      virtq_desc descriptor;
      const char* text;
    };
    const Case cases[] = {
        {{table_address, 0, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table is not made of whole descriptors"},
        {{table_address, 24, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table is not made of whole descriptors"},
        {{table_address, 0xfffffff0, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table is too long"},
        {{table_address, 1025 * 16, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table is too long"},
        {{table_address + 4, 16, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table is not aligned"},
        {{low_end - 16, 32, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table lies outside memory"},
        {{UINT64_MAX - 15, 32, VIRTQ_DESC_F_INDIRECT, 0}, "an indirect table lies outside memory"},
        {{table_address, 16, VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_NEXT, 1}, "an indirect descriptor has a next one"},
    };
    for (const Case& wrong : cases) {
      CAPTURE(wrong.text);
      Fixture fixture;
      fixture.driver.set_descriptor(0, 0, wrong.descriptor);
      fixture.driver.offer(0, 0);
      fixture.expect_broken(wrong.text);
    }
  }

  TEST_CASE("an indirect table whose descriptors run in a loop") {
    Fixture fixture;
    fixture.driver.add_indirect(0, table_address, {{data_address, 4}, {data_address, 4}}, {});
    const virtq_desc back{.addr = data_address, .len = 4, .flags = VIRTQ_DESC_F_NEXT, .next = 0};
    fixture.driver.fill(table_address + 16, {reinterpret_cast<const std::uint8_t*>(&back), sizeof back});
    fixture.expect_broken("a descriptor chain runs in a loop");
  }

  TEST_CASE("a chain of more bytes than a used element can tell") {
    Fixture fixture;
    const std::vector<Buffer> same(600, Buffer{0, low_bytes});
    fixture.driver.add_indirect(0, table_address, {}, same);
    fixture.expect_broken("a descriptor chain has 4 GiB or more");
  }

  TEST_CASE("a chain of more buffers than one may have") {
    Fixture fixture;
    const std::vector<Buffer> same(1024, Buffer{data_address, 1});
    fixture.driver.add_indirect(0, table_address, same, {});
    fixture.driver.set_descriptor(0, 2, {.addr = data_address, .len = 1, .flags = VIRTQ_DESC_F_NEXT, .next = 0});
    fixture.driver.notify(0);
    CHECK(fixture.device().held.size() == 1); // 1024 are allowed
    fixture.device().held.clear();
    fixture.driver.offer(0, 2);
    fixture.expect_broken("a descriptor chain has too many buffers");
  }

  TEST_CASE("an available index that jumps") {
    Fixture fixture;
    for (const std::uint16_t index : {std::uint16_t{17}, std::uint16_t{0x8000}, std::uint16_t{0xffff}}) {
      CAPTURE(index);
      Fixture own;
      own.driver.set_half_word(VirtioDriver::driver_ring(0) + 2, index);
      own.expect_broken("the available ring's index jumped");
    }
  }

  TEST_CASE("the same head again and again, and rings that overlap the buffers, end in nothing worse") {
    Fixture fixture;
    fixture.driver.set_descriptor(
        0, 0, {.addr = VirtioDriver::queue_base(0), .len = queue_stride, .flags = VIRTQ_DESC_F_WRITE, .next = 0});
    for (unsigned turn = 0; turn < 16; ++turn)
      fixture.driver.offer(0, 0);
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 16);
    const std::vector<std::uint8_t> ones(queue_stride, 0xff);
    for (const DescriptorChain& chain : fixture.device().held)
      CHECK(chain.writable.write(0, ones) == queue_stride);
    fixture.device().return_all(0);
    fixture.driver.notify(0);
    CHECK((fixture.driver.status() & needs_reset) != 0); // what the rings say now is no ring
  }

  TEST_CASE("after a fault nothing is pushed to the broken queue, and others are not served either") {
    Fixture fixture;
    fixture.driver.add(0, {{data_address, 4}}, {});
    fixture.driver.notify(0);
    REQUIRE(fixture.device().held.size() == 1);
    fixture.driver.offer(0, 99);
    fixture.driver.notify(0);
    fixture.device().return_all(0);
    CHECK(!fixture.driver.take_used(0));
    fixture.driver.add(1, {{data_address, 4}}, {});
    fixture.driver.notify(1);
    CHECK(fixture.device().held.empty());
  }
}

} // namespace volt::test
