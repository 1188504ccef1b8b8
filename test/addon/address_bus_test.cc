// The bus: what overlaps, who answers.
#include <array>
#include <doctest/doctest.h>

#include "bus/address_bus.h"

namespace volt::test {

namespace {

/// Answers each byte with its own offset and notes what was written.
class OffsetDevice : public BusDevice {
public:
  void read(std::uint64_t offset, std::span<std::uint8_t> data) override {
    for (std::uint8_t& byte : data)
      byte = static_cast<std::uint8_t>(offset++);
  }
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override {
    for (const std::uint8_t byte : data)
      written.emplace_back(offset++, byte);
  }

  std::vector<std::pair<std::uint64_t, std::uint8_t>> written;
};

} // namespace

TEST_SUITE("bus/address_bus") {
  TEST_CASE("ranges that overlap in any way are refused, neighbours are not") {
    AddressBus bus;
    OffsetDevice device;
    REQUIRE(bus.attach(0x100, 8, device, 0).ok());
    CHECK(!bus.attach(0x100, 8, device, 0).ok());
    CHECK(!bus.attach(0x107, 1, device, 0).ok());
    CHECK(!bus.attach(0xff, 2, device, 0).ok());
    CHECK(!bus.attach(0x0, 0x1000, device, 0).ok());
    CHECK(!bus.attach(0x103, 2, device, 0).ok());
    CHECK(bus.attach(0xf8, 8, device, 0).ok());
    CHECK(bus.attach(0x108, 8, device, 0).ok());
    CHECK(!bus.attach(0xff, 10, device, 0).ok());
  }

  TEST_CASE("empty ranges and ranges that wrap round are refused, the last address is not") {
    AddressBus bus;
    OffsetDevice device;
    CHECK(!bus.attach(0x100, 0, device, 0).ok());
    CHECK(!bus.attach(UINT64_MAX, 2, device, 0).ok());
    CHECK(bus.attach(UINT64_MAX, 1, device, 0).ok());
  }

  TEST_CASE("a device sees offsets from its own start, over several ranges") {
    AddressBus bus;
    OffsetDevice device;
    REQUIRE(bus.attach(0x60, 1, device, 0).ok());
    REQUIRE(bus.attach(0x64, 1, device, 1).ok());
    std::array<std::uint8_t, 1> data{};
    bus.read(0x64, data);
    CHECK(data[0] == 1);
    bus.write(0x60, std::array<std::uint8_t, 1>{7});
    CHECK(device.written == std::vector<std::pair<std::uint64_t, std::uint8_t>>{{0, 7}});
  }

  TEST_CASE("bytes without a device read as ones and are dropped when written, within one access too") {
    AddressBus bus;
    OffsetDevice device;
    REQUIRE(bus.attach(0x101, 2, device, 0).ok());
    std::array<std::uint8_t, 4> data{};
    bus.read(0x100, data);
    CHECK(data == std::array<std::uint8_t, 4>{0xff, 0, 1, 0xff});
    bus.write(0x100, std::array<std::uint8_t, 4>{1, 2, 3, 4});
    CHECK(device.written == std::vector<std::pair<std::uint64_t, std::uint8_t>>{{0, 2}, {1, 3}});
    bus.read(UINT64_MAX - 1, data); // wraps round: nobody there
    CHECK(data == std::array<std::uint8_t, 4>{0xff, 0xff, 0xff, 0xff});
  }
}

} // namespace volt::test
