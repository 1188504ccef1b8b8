// A network card whose queues the kernel serves, between its driver and a kernel that keeps what it is told.
#pragma once

#include <cstdlib>

#include "devices/virtio/vhost_net_device.h"
#include "support/fake_counters.h"
#include "support/fake_vhost.h"
#include "support/net_bench.h"

namespace volt::test {

/// What stands in for descriptors of /dev/vhost-net.
inline std::vector<FileDescriptor> counters(std::size_t count) {
  std::vector<FileDescriptor> made;
  while (made.size() < count) {
    auto counter = FileDescriptor::event_counter();
    if (!counter.ok()) std::abort();
    made.push_back(std::move(counter).value());
  }
  return made;
}

/// As vhost-net wants them.
inline virtio::NetOptions open_options(std::uint16_t pairs = 1) {
  virtio::NetOptions options = options_with(pairs);
  options.prevent_spoofing = false;
  return options;
}

/// `its_kernel` outlives it.
struct VhostBench {
  explicit VhostBench(FakeVhost& its_kernel, std::uint16_t pairs = 1)
      : kernel(its_kernel), notifications(2U * pairs + 1),
        bench([&](virtio::EventLoop& loop, const GuestMemory& memory) {
          auto backend = std::make_unique<FakeTap>(all_offloads, pairs);
          tap = backend.get();
          auto made = virtio::VhostNetDevice::create(
              open_options(pairs), std::move(backend), counters(pairs),
              {.memory = memory,
               .loop = loop,
               .on_link_down = [this](const std::string& reason) { link_downs.push_back(reason); },
               .on_lost = [this](const std::string& reason) { losses.push_back(reason); }},
              kernel.control());
          if (!made.ok()) std::abort();
          return std::move(made).value();
        }),
        driver(bench) {
    if (!bench.device().take_notifications(notifications)) std::abort();
  }

  [[nodiscard]] bool start(std::uint64_t without = 0) {
    return driver.start(bench.device().queue_count(), driver.offered_features() & ~without);
  }
  /// The answer to a command; 0xff where there was none.
  std::uint8_t command(const Bytes& bytes, std::uint16_t queue) {
    constexpr std::uint64_t place = data_address + 0x8000;
    driver.fill(place, bytes);
    driver.fill(place + 64, Bytes{0xff});
    driver.add(queue, {{place, static_cast<std::uint32_t>(bytes.size())}}, {{place + 64, 1}});
    driver.notify(queue);
    static_cast<void>(driver.wait_used(queue));
    return driver.bytes(place + 64, 1).front();
  }
  /// A frame of 60 bytes behind its header, of which nobody is told.
  void send() { driver.add(1, {{data_address, 72}}, {}); }
  void turn() { bench.loop().turn(std::chrono::milliseconds(20)); }
  FakeVhost& kernel;
  FakeTap* tap = nullptr;
  std::vector<std::string> link_downs;
  std::vector<std::string> losses;
  FakeCounters notifications;
  VirtioBench bench;
  VirtioDriver driver;
};

} // namespace volt::test
