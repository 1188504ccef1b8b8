// Fuzzes the registers, the split virtqueue and the entropy device.
#include "devices/virtio/rng_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

class RngGame {
public:
  explicit RngGame(FuzzedDataProvider& input)
      : bench_([](virtio::EventLoop&) { return std::make_unique<virtio::RngDevice>(virtio::RateLimit{}); }, 256,
               fuzz_memory()),
        driver_(bench_, input, 1, {"bandwidth"}) {}

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() { driver_.act(); }

private:
  VirtioBench bench_;
  HostileDriver driver_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::RngGame>(data, size);
}
