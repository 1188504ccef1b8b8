// A virtio driver that does what the fuzzer's bytes say, sensible or not. It starts the device properly first, so that
// what follows reaches it.
#pragma once

#include <cstdint>
#include <fuzzer/FuzzedDataProvider.h>

#include "support/virtio_driver.h"

namespace volt::test {

class HostileDriver {
public:
  HostileDriver(VirtioBench& bench, FuzzedDataProvider& input, std::uint16_t queues);

  /// One act: registers, memory, rings, notifications, resets.
  void act();
  /// An address that may be a ring's, a buffer's, one at an edge of memory, or anything.
  [[nodiscard]] std::uint64_t pick_address();
  [[nodiscard]] std::uint16_t pick_queue();
  [[nodiscard]] VirtioDriver& driver() { return driver_; }

private:
  void start();
  void access_register();
  void write_memory();
  void put_descriptor();
  void offer_chain();
  void jump();

  VirtioBench& bench_;
  FuzzedDataProvider& input_;
  VirtioDriver driver_;
  std::uint16_t queues_;
};

} // namespace volt::test
