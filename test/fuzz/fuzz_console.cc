// Fuzzes virtio-console: any chains, any input, any size.
#include <algorithm>
#include <cstdlib>

#include "devices/virtio/console_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;
constexpr std::uint16_t transmit_queue = 1;
constexpr std::uint64_t text_address = data_address + (2 << 20);

/// Has as much input as it was given, and reads all output.
class CountingPeer : public virtio::ConsolePeer {
public:
  void take_output(std::span<const std::uint8_t> bytes) override { output_bytes += bytes.size(); }
  [[nodiscard]] bool has_input() const override { return input_bytes > 0; }
  [[nodiscard]] std::size_t give_input(std::span<std::uint8_t> bytes) override {
    const std::size_t count = std::min(bytes.size(), input_bytes);
    std::ranges::fill(bytes.first(count), std::uint8_t{'i'});
    input_bytes -= count;
    return count;
  }
  void claim_input() override {}
  void release_input() override {}
  [[nodiscard]] virtio::ConsoleSize size() const override { return present_size; }

  std::uint64_t output_bytes = 0;
  std::size_t input_bytes = 0;
  virtio::ConsoleSize present_size;
};

void play(FuzzedDataProvider& input) {
  CountingPeer peer;
  virtio::ConsoleDevice* console = nullptr;
  VirtioBench bench([&](virtio::EventLoop&) {
    auto made = std::make_unique<virtio::ConsoleDevice>(peer);
    console = made.get();
    return made;
  });
  HostileDriver driver(bench, input, 2);
  std::uint64_t given = 0;
  for (int act = 0; act < maximum_acts && input.remaining_bytes() > 0; ++act) {
    switch (input.ConsumeIntegralInRange(0, 6)) {
    case 0:
      peer.present_size = {.columns = input.ConsumeIntegral<std::uint16_t>(), .rows = 25};
      console->update_size();
      break;
    case 1: {
      const std::size_t more = input.ConsumeIntegral<std::uint16_t>();
      peer.input_bytes += more;
      given += more;
      console->input_arrived();
      bench.loop().turn();
      break;
    }
    case 2: // sound chains
      driver.driver().add(transmit_queue, {{text_address, input.ConsumeIntegralInRange<std::uint32_t>(1, 4 << 20)}},
                          {});
      driver.driver().notify(transmit_queue);
      break;
    case 3:
      driver.driver().add(0, {}, {{text_address, input.ConsumeIntegralInRange<std::uint32_t>(1, 8192)}});
      driver.driver().notify(0);
      break;
    default:
      driver.act();
    }
  }
  // No byte is lost or doubled, whatever the driver did.
  const virtio::DeviceCounters& counters = bench.device().counters();
  if (counters.bytes_to_guest + peer.input_bytes != given) std::abort();
  if (counters.bytes_from_guest != peer.output_bytes) std::abort();
}

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  volt::test::play(input);
  return 0;
}
