// A virtio-fs device with its driver on one side and a daemon on the other.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "devices/virtio/fs_device.h"
#include "support/fake_counters.h"
#include "support/net_bench.h"
#include "support/vhost_user_daemon.h"
#include "support/virtio_driver.h"

namespace volt::test {

constexpr std::uint16_t fs_queues = 2;
constexpr std::uint16_t request_queue = 1;

inline FileDescriptor copy_of(const FileDescriptor& descriptor) {
  auto copy = FileDescriptor::duplicate(descriptor.get());
  if (!copy.ok()) std::abort();
  return std::move(copy).value();
}

/// The machine's half: it may go while the connection stays, as at a reboot.
struct FsMachine {
  explicit FsMachine(const FileDescriptor& socket, std::chrono::milliseconds patience = std::chrono::seconds(10))
      : bench([&](virtio::EventLoop& loop, const GuestMemory& memory) {
          auto made = virtio::FsDevice::create({.tag = "src", .patience = patience}, copy_of(socket), memory, loop,
                                               [this](const std::string& reason) { losses.push_back(reason); });
          if (!made.ok()) std::abort();
          return std::move(made).value();
        }),
        driver(bench) {
    if (!bench.device().take_notifications(notifications)) std::abort();
    bench.loop().turn();
  }

  /// One request on the request queue; whether it came back.
  [[nodiscard]] bool ask() {
    driver.add(request_queue, {{data_address, 16}}, {{data_address + 4096, 16}});
    notifications.notify(request_queue);
    const auto used = driver.wait_used(request_queue);
    bench.loop().turn(std::chrono::milliseconds(1000)); // the interrupt
    return used && used->written_bytes == 8;
  }
  /// Turns the loop until the back end is lost, for ten seconds at most.
  [[nodiscard]] bool wait_for_loss() {
    for (int round = 0; round < 1000 && losses.empty(); ++round)
      bench.loop().turn(std::chrono::milliseconds(10));
    return losses.size() == 1;
  }

  std::vector<std::string> losses;
  FakeCounters notifications{fs_queues};
  VirtioBench bench;
  VirtioDriver driver;
};

struct FsBench {
  explicit FsBench(VhostUserDaemon::Override override = {},
                   std::chrono::milliseconds patience = std::chrono::seconds(10))
      : pair(SOCK_STREAM), daemon(std::move(pair.test), std::move(override)), machine(pair.device, patience) {}

  SocketPair pair;
  VhostUserDaemon daemon;
  FsMachine machine;
};

} // namespace volt::test
