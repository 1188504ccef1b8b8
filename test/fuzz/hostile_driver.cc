// What a hostile driver can do.
#include "hostile_driver.h"

#include <algorithm>
#include <linux/virtio_mmio.h>

namespace volt::test {

namespace {

constexpr std::uint16_t queue_size = 16;

} // namespace

HostileDriver::HostileDriver(VirtioBench& bench, FuzzedDataProvider& input, std::uint16_t queues)
    : bench_(bench), input_(input), driver_(bench), queues_(queues) {
  start();
}

void HostileDriver::start() {
  const std::uint64_t refused = input_.ConsumeIntegral<std::uint64_t>() & ~version_1;
  driver_.start(queues_, driver_.offered_features() & ~refused, queue_size);
}

void HostileDriver::act() {
  switch (input_.ConsumeIntegralInRange(0, 9)) {
  case 0:
    return access_register();
  case 1:
    return write_memory();
  case 2:
  case 3:
    return put_descriptor();
  case 4:
  case 5:
    return offer_chain();
  case 6:
    return driver_.notify(pick_queue());
  case 7:
    bench_.loop().turn();
    return;
  case 8:
    return jump();
  default:
    return start();
  }
}

std::uint16_t HostileDriver::pick_queue() {
  return input_.ConsumeIntegralInRange<std::uint16_t>(0, static_cast<std::uint16_t>(queues_ - 1));
}

std::uint64_t HostileDriver::pick_address() {
  const std::uint64_t edges[] = {0,
                                 border_address,
                                 low_end,
                                 high_address,
                                 high_address + high_bytes,
                                 0xd0000000,
                                 UINT64_MAX,
                                 VirtioDriver::queue_base(0),
                                 VirtioDriver::driver_ring(0),
                                 VirtioDriver::device_ring(0)};
  switch (input_.ConsumeIntegralInRange(0, 3)) {
  case 0:
    return input_.PickValueInArray(edges) + input_.ConsumeIntegral<std::uint8_t>() - 128;
  case 1:
    return input_.ConsumeIntegral<std::uint64_t>();
  default:
    return data_address + input_.ConsumeIntegral<std::uint16_t>();
  }
}

void HostileDriver::access_register() {
  constexpr std::size_t widths[] = {4, 4, 4, 1, 2, 8};
  const auto offset = static_cast<std::uint64_t>(input_.ConsumeIntegralInRange(0, 0x140));
  std::vector<std::uint8_t> data(input_.PickValueInArray(widths));
  if (input_.ConsumeBool()) return bench_.transport().read(offset, data);
  const auto bytes = input_.ConsumeBytes<std::uint8_t>(data.size());
  std::ranges::copy(bytes, data.begin());
  bench_.transport().write(offset, data);
}

void HostileDriver::write_memory() {
  const std::uint64_t address = pick_address();
  const auto bytes = input_.ConsumeBytes<std::uint8_t>(input_.ConsumeIntegralInRange<std::size_t>(1, 64));
  const auto place = bench_.memory().at({.start = {address}, .size_bytes = bytes.size()});
  if (place) std::ranges::copy(bytes, place->begin());
}

void HostileDriver::put_descriptor() {
  const auto queue = pick_queue();
  const auto index = input_.ConsumeIntegralInRange<std::uint16_t>(0, queue_size - 1);
  driver_.set_descriptor(queue, index,
                         {.addr = pick_address(),
                          .len = input_.ConsumeBool() ? input_.ConsumeIntegral<std::uint8_t>() * std::uint32_t{16}
                                                      : input_.ConsumeIntegral<std::uint32_t>(),
                          .flags = input_.ConsumeIntegralInRange<std::uint16_t>(0, 7),
                          .next = input_.ConsumeIntegralInRange<std::uint16_t>(0, queue_size)});
}

void HostileDriver::offer_chain() {
  const auto queue = pick_queue();
  driver_.offer(queue, input_.ConsumeIntegralInRange<std::uint16_t>(0, queue_size));
  driver_.notify(queue);
}

void HostileDriver::jump() {
  const auto queue = pick_queue();
  driver_.set_half_word(VirtioDriver::driver_ring(queue) + 2, input_.ConsumeIntegral<std::uint16_t>());
  driver_.notify(queue);
}

} // namespace volt::test
