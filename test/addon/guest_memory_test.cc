// Guest addresses and the checked way to guest memory.
#include <array>
#include <cerrno>
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "memory/guest_memory.h"

namespace volt::test {

TEST_SUITE("memory/guest_memory") {
  TEST_CASE("bytes are found within one region and nowhere else, whatever overflows") {
    const std::array<GuestRange, 2> ranges{GuestRange{{0x1000}, 0x1000}, GuestRange{{0x2000}, 0x1000}};
    const auto memory = GuestMemory::create(ranges);
    REQUIRE(memory.ok());
    const auto at = [&](std::uint64_t address, std::uint64_t size) {
      return memory.value().at({{address}, size}).has_value();
    };
    CHECK(at(0x1000, 0x1000));
    CHECK(at(0x1fff, 1));
    CHECK(at(0x2fff, 1));
    CHECK(at(0x3000, 0) == at(0x1000, 0)); // an empty range at an end is harmless
    CHECK(!at(0x0fff, 1));
    CHECK(!at(0x1fff, 2)); // two regions
    CHECK(!at(0x2fff, 2));
    CHECK(!at(0x1001, UINT64_MAX));
    CHECK(!at(UINT64_MAX, 2));
    CHECK(!at(UINT64_MAX - 1, UINT64_MAX));
  }

  TEST_CASE("bytes from an address on end with what is wanted or with the region") {
    constexpr std::array<GuestRange, 2> ranges{GuestRange{.start = {0}, .size_bytes = 8192},
                                               GuestRange{.start = {8192}, .size_bytes = 4096}};
    const auto memory = GuestMemory::create(ranges);
    REQUIRE(memory.ok());
    CHECK(memory.value().from({8190}, 1).size() == 1);
    CHECK(memory.value().from({8190}, 100).size() == 2);
    CHECK(memory.value().from({8192}, UINT64_MAX).size() == 4096);
    CHECK(memory.value().from({12288}, 1).empty());
    CHECK(memory.value().from({UINT64_MAX}, 1).empty());
  }

  TEST_CASE("memory reads as zero and keeps what is written") {
    const std::array<GuestRange, 1> ranges{GuestRange{{0}, 0x1000}};
    const auto memory = GuestMemory::create(ranges);
    REQUIRE(memory.ok());
    const auto bytes = memory.value().at({{0x10}, 2});
    REQUIRE(bytes);
    CHECK((*bytes)[0] == 0);
    (*bytes)[1] = 7;
    CHECK((*memory.value().at({{0x11}, 1}))[0] == 7);
  }

  TEST_CASE("memory of 2 MiB and more starts where a huge page can") {
    constexpr std::uint64_t huge_page = 2 << 20;
    for (const std::uint64_t size : {huge_page, huge_page + 0x1000, 5 * huge_page}) {
      const std::array<GuestRange, 1> ranges{GuestRange{{0}, size}};
      const auto memory = GuestMemory::create(ranges);
      REQUIRE(memory.ok());
      const std::span<std::uint8_t> bytes = memory.value().regions()[0].mapping.bytes();
      CHECK(bytes.size() == size);
      // SAFETY: the address as a number.
      CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % huge_page == 0);
      bytes.front() = bytes.back() = 1;
    }
  }

  TEST_CASE("a range that wraps round overlaps and contains nothing by accident") {
    CHECK(GuestRange{{UINT64_MAX}, 2}.overflows());
    CHECK(!GuestRange{{UINT64_MAX}, 1}.overflows());
    CHECK(GuestRange{{0}, 0x1000}.overlaps({{0xfff}, 1}));
    CHECK(!GuestRange{{0}, 0x1000}.overlaps({{0x1000}, 1}));
    CHECK(!GuestRange{{0}, 0x1000}.overlaps({{0x800}, 0}));
    CHECK(GuestRange{{UINT64_MAX - 0xfff}, 0x1000}.contains({{UINT64_MAX}, 1}));
  }

  TEST_CASE("a file is read at its offset, and one that is too short is an error") {
    const FileDescriptor file(memfd_create("test", MFD_CLOEXEC));
    REQUIRE(file.valid());
    REQUIRE(write(file.get(), "0123456789", 10) == 10);
    std::array<std::uint8_t, 4> bytes{};
    REQUIRE(read_file_at(file.get(), 3, bytes).ok());
    CHECK(bytes == std::array<std::uint8_t, 4>{'3', '4', '5', '6'});
    const auto result = read_file_at(file.get(), 8, bytes);
    REQUIRE(!result.ok());
    CHECK(result.error().message == "the file ends at byte 10, 2 bytes short");
    CHECK(read_file_at(-1, 0, bytes).error().host_errno == EBADF);
  }
}

} // namespace volt::test
