// Fuzzes virtio-balloon: lists of pages, reports and statistics that lie, while the target moves.
#include "devices/virtio/balloon_device.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;
constexpr std::uint64_t list_address = data_address + (2 << 20);

/// Numbers of pages in memory and not, in a chain that is sound.
void name_pages(FuzzedDataProvider& input, VirtioDriver& driver) {
  const auto bytes = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(1, 64));
  driver.fill(list_address, bytes);
  const auto queue = input.ConsumeIntegralInRange<std::uint16_t>(0, 2);
  const std::uint32_t more = input.ConsumeIntegralInRange(0, 7) == 0 ? input.ConsumeIntegral<std::uint16_t>() : 0U;
  driver.add(queue, {{list_address, static_cast<std::uint32_t>(bytes.size()) + more + 1}}, {});
  driver.notify(queue);
}

void play(FuzzedDataProvider& input) {
  const virtio::BalloonOptions options{.deflate_on_oom = input.ConsumeBool(),
                                       .free_page_reporting = true,
                                       .statistics_interval = std::chrono::milliseconds(1)};
  virtio::BalloonDevice* balloon = nullptr;
  VirtioBench bench([&](virtio::EventLoop&) {
    auto made = std::make_unique<virtio::BalloonDevice>(options);
    balloon = made.get();
    return made;
  });
  HostileDriver driver(bench, input, 4);
  for (int act = 0; act < maximum_acts && input.remaining_bytes() > 0; ++act) {
    switch (input.ConsumeIntegralInRange(0, 5)) {
    case 0:
      balloon->set_target(input.ConsumeIntegral<std::uint32_t>());
      break;
    case 1:
    case 2:
      name_pages(input, driver.driver());
      break;
    case 3: // a report
      driver.driver().add(3, {}, {{driver.pick_address(), input.ConsumeIntegral<std::uint32_t>()}});
      driver.driver().notify(3);
      break;
    default:
      driver.act();
    }
  }
}

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  volt::test::play(input);
  return 0;
}
