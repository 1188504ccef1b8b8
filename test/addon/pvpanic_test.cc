// pvpanic's port, as Linux's driver uses it.
#include <array>
#include <doctest/doctest.h>

#include "devices/pvpanic.h"

namespace volt::test {

namespace {

class Recorder : public PanicListener {
public:
  void guest_panicked() override { ++panics; }
  void guest_loaded_crash_kernel() override { ++crash_kernels; }

  int panics = 0;
  int crash_kernels = 0;
};

void put(PvpanicDevice& device, std::uint8_t value) {
  device.write(0, std::array{value});
}

} // namespace

TEST_SUITE("devices/pvpanic") {
  TEST_CASE("reads give the events that the device takes, whatever was written") {
    Recorder recorder;
    PvpanicDevice device(recorder);
    for (const std::uint8_t value : std::array<std::uint8_t, 3>{0x00, 0x02, 0xfc}) {
      put(device, value);
      std::array<std::uint8_t, 1> data{};
      device.read(0, data);
      CHECK(data[0] == 0x03);
    }
  }

  TEST_CASE("bit 0 is a panic, with or without others") {
    Recorder recorder;
    PvpanicDevice device(recorder);
    put(device, 0x01);
    CHECK(recorder.panics == 1);
    put(device, 0x03);
    CHECK(recorder.panics == 2);
    CHECK(recorder.crash_kernels == 0);
  }

  TEST_CASE("bit 1 is a crash kernel, told once") {
    Recorder recorder;
    PvpanicDevice device(recorder);
    for (int time = 0; time < 1000; ++time)
      put(device, 0x02);
    CHECK(recorder.crash_kernels == 1);
    CHECK(recorder.panics == 0);
  }

  TEST_CASE("bits that the device does not have are ignored") {
    Recorder recorder;
    PvpanicDevice device(recorder);
    put(device, 0xfc);
    put(device, 0x00);
    CHECK(recorder.panics == 0);
    CHECK(recorder.crash_kernels == 0);
  }
}

} // namespace volt::test
