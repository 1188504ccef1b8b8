// Fuzzes virtio-balloon: lists of pages, reports and statistics that lie, while the target moves.
#include "devices/virtio/balloon_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr std::uint16_t statistics_queue = 2;
constexpr std::uint16_t report_queue = 3;

class BalloonGame {
public:
  explicit BalloonGame(FuzzedDataProvider& input)
      : input_(input), bench_([this](virtio::EventLoop&) { return make_device(); }, 256, fuzz_memory()),
        driver_(bench_, input, queues_) {}

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() {
    switch (input_.ConsumeIntegralInRange(0, 7)) {
    case 0:
      return set_target();
    case 1:
    case 2:
      return name_pages();
    case 3:
      return report_pages();
    case 4:
      return tell_statistics();
    default:
      return driver_.act();
    }
  }

private:
  std::unique_ptr<virtio::BalloonDevice> make_device() {
    const virtio::BalloonOptions options{.deflate_on_oom = input_.ConsumeBool(),
                                         .free_page_reporting = input_.ConsumeIntegralInRange(0, 7) > 0,
                                         .statistics_interval =
                                             std::chrono::milliseconds(input_.ConsumeBool() ? 5 : 0)};
    auto made = std::make_unique<virtio::BalloonDevice>(options);
    balloon_ = made.get();
    queues_ = made->queue_count();
    return made;
  }

  void set_target() {
    if (input_.ConsumeBool()) return balloon_->set_target(input_.ConsumeIntegral<std::uint32_t>());
    balloon_->keep(input_.ConsumeIntegral<std::uint32_t>());
    if (balloon_->state().target_pages > (fuzz_low_end + fuzz_high_bytes) / 4096) std::abort();
  }

  /// Numbers of pages in memory and not, in a chain that is sound.
  void name_pages() {
    const std::uint64_t place = driver_.pick_place(512);
    driver_.driver().fill(place, driver_.pick_bytes(64));
    const auto queue = input_.ConsumeIntegralInRange<std::uint16_t>(0, 1);
    std::uint32_t size_bytes = input_.ConsumeIntegralInRange<std::uint32_t>(1, 64);
    if (input_.ConsumeIntegralInRange(0, 127) == 0) size_bytes += input_.ConsumeIntegral<std::uint16_t>() / 2;
    driver_.driver().add(queue, {{std::min(place, fuzz_border - size_bytes), size_bytes}}, {});
    driver_.driver().notify(queue);
  }

  void report_pages() {
    if (queues_ <= report_queue) return;
    const std::uint64_t place = driver_.pick_place(0x4000) & ~std::uint64_t{4095};
    driver_.driver().add(report_queue, {}, {{place, input_.ConsumeIntegralInRange<std::uint32_t>(1, 0x4000)}});
    driver_.driver().notify(report_queue);
  }

  void tell_statistics() {
    const std::uint64_t place = driver_.pick_place(1024);
    driver_.driver().fill(place, driver_.pick_bytes(40));
    driver_.driver().add(statistics_queue, {{place, input_.ConsumeIntegralInRange<std::uint32_t>(1, 1024)}}, {});
    driver_.driver().notify(statistics_queue);
    for (const auto tag : {std::uint16_t{0}, std::uint16_t{9}, std::uint16_t{99}})
      static_cast<void>(balloon_->statistics().value(tag));
  }

  FuzzedDataProvider& input_;
  virtio::BalloonDevice* balloon_ = nullptr;
  std::uint16_t queues_ = 0;
  VirtioBench bench_;
  HostileDriver driver_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::BalloonGame>(data, size);
}
