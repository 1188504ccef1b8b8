// What a hostile driver can do.
#include "hostile_driver.h"

#include <algorithm>
#include <linux/virtio_mmio.h>

namespace volt::test {

namespace {

constexpr std::uint16_t queue_size = 16;

} // namespace

HostileDriver::HostileDriver(VirtioBench& bench, FuzzedDataProvider& input, std::uint16_t queues,
                             std::initializer_list<const char*> rates)
    : bench_(bench), input_(input), driver_(bench), queues_(queues), rates_(rates) {
  start();
}

void HostileDriver::start() {
  const std::uint64_t refused = input_.ConsumeBool() ? input_.ConsumeIntegral<std::uint64_t>() & ~version_1 : 0;
  driver_.start(queues_, driver_.offered_features() & ~refused, queue_size);
}

void HostileDriver::act() {
  switch (input_.ConsumeIntegralInRange(0, 13)) {
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
    static_cast<void>(bench_.transport().state());
    return bench_.loop().turn();
  case 8:
    return jump();
  case 9:
    return offer_indirect();
  case 10:
    HostKernel::instance().advance(std::chrono::milliseconds(input_.ConsumeIntegral<std::uint16_t>()));
    return bench_.loop().turn();
  case 11:
    return set_rate();
  case 12:
    return fail_call();
  default:
    return start();
  }
}

std::uint16_t HostileDriver::pick_queue() {
  return input_.ConsumeIntegralInRange<std::uint16_t>(0, static_cast<std::uint16_t>(queues_ - 1));
}

std::uint16_t HostileDriver::pick_index() {
  if (input_.ConsumeIntegralInRange(0, 15) == 0) return input_.ConsumeIntegral<std::uint16_t>();
  return input_.ConsumeIntegralInRange<std::uint16_t>(0, queue_size);
}

std::uint64_t HostileDriver::pick_address() {
  constexpr std::uint64_t edges[] = {0,
                                     fuzz_border,
                                     fuzz_low_end,
                                     fuzz_high,
                                     fuzz_high + fuzz_high_bytes,
                                     0xd0000000,
                                     UINT64_MAX,
                                     queue_stride,
                                     queue_stride + driver_ring_offset,
                                     queue_stride + device_ring_offset};
  switch (input_.ConsumeIntegralInRange(0, 3)) {
  case 0:
    return input_.PickValueInArray(edges) + input_.ConsumeIntegral<std::uint8_t>() - 128;
  case 1:
    return input_.ConsumeIntegral<std::uint64_t>();
  default:
    return fuzz_data + input_.ConsumeIntegral<std::uint16_t>();
  }
}

std::uint64_t HostileDriver::pick_place(std::uint64_t size_bytes) {
  if (size_bytes > fuzz_data_bytes) return 0;
  return fuzz_data + std::min<std::uint64_t>(std::uint64_t{256} * input_.ConsumeIntegral<std::uint8_t>(),
                                             fuzz_data_bytes - size_bytes);
}

std::vector<std::uint8_t> HostileDriver::pick_bytes(std::size_t maximum) {
  auto bytes = input_.ConsumeBytes<std::uint8_t>(input_.ConsumeIntegralInRange<std::size_t>(1, maximum));
  if (bytes.empty()) bytes.push_back(0);
  return bytes;
}

void HostileDriver::access_register() {
  constexpr std::size_t widths[] = {4, 4, 4, 4, 4, 4, 1, 8};
  const bool reads = input_.ConsumeBool();
  std::vector<std::uint8_t> data(input_.PickValueInArray(widths));
  auto offset = input_.ConsumeIntegralInRange<std::uint64_t>(0, 0x140);
  if (data.size() == 4) offset &= ~std::uint64_t{3};
  if (reads) return bench_.transport().read(offset, data);
  // Most of what registers take is small.
  const auto value =
      input_.ConsumeBool() ? input_.ConsumeIntegral<std::uint8_t>() : input_.ConsumeIntegral<std::uint64_t>();
  std::memcpy(data.data(), &value, data.size());
  bench_.transport().write(offset, data);
}

void HostileDriver::write_memory() {
  const std::uint64_t address = pick_address();
  const auto bytes = pick_bytes(32);
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
                          .next = pick_index()});
}

void HostileDriver::offer_chain() {
  const auto queue = pick_queue();
  driver_.offer(queue, pick_index());
  driver_.notify(queue);
}

/// A table of sound buffers in a row.
void HostileDriver::offer_indirect() {
  const auto queue = pick_queue();
  const auto bytes = input_.ConsumeIntegralInRange<std::uint32_t>(1, 600);
  const std::vector<Buffer> readable(input_.ConsumeIntegralInRange<std::size_t>(0, 3), {pick_place(bytes), bytes});
  const std::vector<Buffer> writable(input_.ConsumeIntegralInRange<std::size_t>(0, 3), {pick_place(bytes), bytes});
  if (readable.empty() && writable.empty()) return;
  driver_.add_indirect(queue, fuzz_data, readable, writable);
  driver_.notify(queue);
}

void HostileDriver::jump() {
  const auto queue = pick_queue();
  driver_.set_half_word(VirtioDriver::driver_ring(queue) + 2, input_.ConsumeIntegral<std::uint16_t>());
  driver_.notify(queue);
}

void HostileDriver::set_rate() {
  const std::size_t index = input_.ConsumeIntegralInRange<std::size_t>(0, rates_.size());
  std::optional<virtio::TokenRate> rate;
  if (input_.ConsumeBool()) {
    rate = {.per_second = input_.ConsumeIntegral<std::uint8_t>() + std::uint64_t{1},
            .burst = input_.ConsumeIntegral<std::uint16_t>() + std::uint64_t{1}};
  }
  static_cast<void>(bench_.device().set_rate(index < rates_.size() ? rates_[index] : "unknown", rate));
}

void HostileDriver::fail_call() {
  constexpr HostCall calls[] = {HostCall::receive, HostCall::send,     HostCall::accept,  HostCall::watch,
                                HostCall::control, HostCall::transfer, HostCall::release, HostCall::random};
  constexpr int errors[] = {EINTR, EAGAIN, EIO, ENOMEM, EMFILE, EPIPE, ECONNRESET, ECONNABORTED};
  const HostFailure failure(input_.PickValueInArray(calls), input_.PickValueInArray(errors));
  switch (input_.ConsumeIntegralInRange(0, 3)) {
  case 0:
    return start();
  case 1:
    return bench_.loop().turn();
  default:
    return driver_.notify(pick_queue());
  }
}

} // namespace volt::test
