// The power block: its registers as ACPI's drivers use them, and the wire of its button.
#include <array>
#include <doctest/doctest.h>
#include <vector>

#include "devices/power.h"

namespace volt::test {

namespace {

constexpr std::uint8_t SLEEP_CONTROL = 0, SLEEP_STATUS = 1, RESET = 2, EVENTS = 3;
constexpr std::uint8_t SLP_EN = 0x20, WAK_STS = 0x80;

constexpr std::uint8_t slp_typ(unsigned type) {
  return static_cast<std::uint8_t>(type << 2);
}

class Recorder : public PowerListener, public IrqLine {
public:
  void guest_powered_off() override { ++power_offs; }
  void guest_reset() override { ++resets; }
  void set_level(bool asserted) override { levels.push_back(asserted); }

  int power_offs = 0;
  int resets = 0;
  std::vector<bool> levels;
};

void put(PowerDevice& device, std::uint64_t offset, std::uint8_t value) {
  device.write(offset, std::array{value});
}

std::uint8_t get(PowerDevice& device, std::uint64_t offset) {
  std::array<std::uint8_t, 1> data{};
  device.read(offset, data);
  return data[0];
}

} // namespace

TEST_SUITE("devices/power") {
  TEST_CASE("SLP_EN with the type of S5 powers off, the type alone does not") {
    PowerRegisters registers;
    CHECK(registers.write(SLEEP_CONTROL, slp_typ(5)) == PowerRequest::none);
    CHECK(registers.write(SLEEP_CONTROL, slp_typ(5) | SLP_EN) == PowerRequest::power_off);
  }

  TEST_CASE("bits beside SLP_TYP and SLP_EN do not matter to a power-off") {
    PowerRegisters registers;
    CHECK(registers.write(SLEEP_CONTROL, slp_typ(5) | SLP_EN | 0xc3) == PowerRequest::power_off);
  }

  TEST_CASE("sleep control reads back its type, and SLP_EN as zero") {
    PowerRegisters registers;
    CHECK(registers.write(SLEEP_CONTROL, 0xff) == PowerRequest::none);
    CHECK(registers.read(SLEEP_CONTROL) == slp_typ(7));
  }

  TEST_CASE("every other sleeping state wakes at once: WAK_STS is set, and cleared by writing one") {
    for (const unsigned type : {0U, 1U, 2U, 3U, 4U, 6U, 7U}) {
      CAPTURE(type);
      PowerRegisters registers;
      CHECK(registers.read(SLEEP_STATUS) == 0);
      CHECK(registers.write(SLEEP_CONTROL, static_cast<std::uint8_t>(slp_typ(type) | SLP_EN)) == PowerRequest::none);
      CHECK(registers.read(SLEEP_STATUS) == WAK_STS);
      CHECK(registers.write(SLEEP_STATUS, 0x7f) == PowerRequest::none);
      CHECK(registers.read(SLEEP_STATUS) == WAK_STS);
      CHECK(registers.write(SLEEP_STATUS, WAK_STS) == PowerRequest::none);
      CHECK(registers.read(SLEEP_STATUS) == 0);
    }
  }

  TEST_CASE("only the reset value resets") {
    for (unsigned value = 0; value < 256; ++value) {
      CAPTURE(value);
      PowerRegisters registers;
      const auto expected = value == 1 ? PowerRequest::reset : PowerRequest::none;
      CHECK(registers.write(RESET, static_cast<std::uint8_t>(value)) == expected);
      CHECK(registers.read(RESET) == 0);
    }
  }

  TEST_CASE("reading the event register clears it, writing it changes nothing") {
    PowerRegisters registers;
    registers.raise(PowerRegisters::event_power_button);
    CHECK(registers.write(EVENTS, 0xff) == PowerRequest::none);
    CHECK(registers.read(EVENTS) == 0x01);
    CHECK(registers.read(EVENTS) == 0);
  }

  TEST_CASE("a press raises the event and gives one edge, a press that was not served another one") {
    Recorder recorder;
    PowerDevice device(recorder, recorder);
    device.press_power_button();
    CHECK(recorder.levels == std::vector{true, false});
    device.press_power_button();
    CHECK(recorder.levels == std::vector{true, false, true, false});
    CHECK(get(device, EVENTS) == 0x01);
    CHECK(get(device, EVENTS) == 0);
  }

  TEST_CASE("the device tells its machine of power-off and reset, byte by byte of a wider write") {
    Recorder recorder;
    PowerDevice device(recorder, recorder);
    put(device, SLEEP_CONTROL, slp_typ(5) | SLP_EN);
    CHECK(recorder.power_offs == 1);
    CHECK(recorder.resets == 0);
    device.write(SLEEP_CONTROL, std::array<std::uint8_t, 4>{slp_typ(3) | SLP_EN, 0, 1, 0});
    CHECK(recorder.power_offs == 1);
    CHECK(recorder.resets == 1);
    CHECK(get(device, SLEEP_STATUS) == WAK_STS);
  }

  TEST_CASE("a wider read takes the event with it") {
    Recorder recorder;
    PowerDevice device(recorder, recorder);
    device.press_power_button();
    std::array<std::uint8_t, 4> data{};
    device.read(SLEEP_CONTROL, data);
    CHECK(data == std::array<std::uint8_t, 4>{0, 0, 0, 1});
    CHECK(get(device, EVENTS) == 0);
  }
}

} // namespace volt::test
