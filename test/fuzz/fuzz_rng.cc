// Fuzzes the registers, the split virtqueue and the entropy device.
#include "devices/virtio/rng_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;

bool fill_with_ones(std::span<std::uint8_t> data) {
  std::ranges::fill(data, std::uint8_t{1});
  return true;
}

void play(FuzzedDataProvider& input) {
  VirtioBench bench(
      [](virtio::EventLoop&) { return std::make_unique<virtio::RngDevice>(virtio::RateLimit{}, fill_with_ones); });
  HostileDriver driver(bench, input, 1);
  for (int act = 0; act < maximum_acts && input.remaining_bytes() > 0; ++act)
    driver.act();
}

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  volt::test::play(input);
  return 0;
}
