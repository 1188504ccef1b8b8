// Fuzzes virtio-console: any chains, any input, any size.
#include <algorithm>
#include <cstdlib>

#include "devices/virtio/console_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;

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

class ConsoleGame {
public:
  explicit ConsoleGame(FuzzedDataProvider& input)
      : input_(input), bench_([this](virtio::EventLoop&) { return make_device(); }, 256, fuzz_memory()),
        driver_(bench_, input, 2) {}
  ConsoleGame(const ConsoleGame&) = delete;
  ConsoleGame& operator=(const ConsoleGame&) = delete;
  /// No byte is lost or doubled, whatever the driver did.
  ~ConsoleGame() {
    const virtio::DeviceCounters& counters = console_->counters();
    if (counters.bytes_to_guest + peer_.input_bytes != given_bytes_) std::abort();
    if (counters.bytes_from_guest != peer_.output_bytes) std::abort();
  }

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() {
    switch (input_.ConsumeIntegralInRange(0, 7)) {
    case 0:
      return resize();
    case 1:
    case 2:
      return type();
    case 3:
      return print();
    case 4:
      return offer_room();
    default:
      return driver_.act();
    }
  }

private:
  std::unique_ptr<virtio::ConsoleDevice> make_device() {
    auto made = std::make_unique<virtio::ConsoleDevice>(peer_);
    console_ = made.get();
    return made;
  }

  void resize() {
    peer_.present_size = {.columns = input_.ConsumeIntegral<std::uint16_t>(), .rows = 25};
    console_->update_size();
    if (console_->state().size != peer_.present_size) std::abort();
  }

  void type() {
    const std::size_t more = input_.ConsumeIntegral<std::uint16_t>();
    peer_.input_bytes += more;
    given_bytes_ += more;
    console_->input_arrived();
    bench_.loop().turn();
  }

  /// More in one request than is taken of one: a chain that names the same bytes again and again.
  void print() {
    const std::uint64_t place = driver_.pick_place(0x8000);
    const auto size_bytes = input_.ConsumeIntegralInRange<std::uint32_t>(1, 0x8000);
    const std::size_t times = input_.ConsumeIntegralInRange(0, 63) == 0 ? 40 : 1;
    const std::vector<Buffer> buffers(times, {place, size_bytes});
    if (times == 1) {
      driver_.driver().add(transmit_queue, buffers, {});
    } else {
      driver_.driver().add_indirect(transmit_queue, driver_.pick_place(times * 16) & ~std::uint64_t{15}, buffers, {});
    }
    driver_.driver().notify(transmit_queue);
  }

  void offer_room() {
    const std::uint64_t place = driver_.pick_place(0x1000);
    driver_.driver().add(receive_queue, {}, {{place, input_.ConsumeIntegralInRange<std::uint32_t>(1, 0x1000)}});
    driver_.driver().notify(receive_queue);
  }

  FuzzedDataProvider& input_;
  CountingPeer peer_;
  virtio::ConsoleDevice* console_ = nullptr;
  std::uint64_t given_bytes_ = 0;
  VirtioBench bench_;
  HostileDriver driver_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::ConsoleGame>(data, size);
}
