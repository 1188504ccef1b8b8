// A virtio driver that does what the fuzzer's bytes say, sensible or not. It starts the device properly first, so that
// what follows reaches it.
#pragma once

#include "fuzz_run.h"
#include "support/virtio_driver.h"

namespace volt::test {

class HostileDriver {
public:
  /// `rates` are the names of the device's limits.
  HostileDriver(VirtioBench& bench, FuzzedDataProvider& input, std::uint16_t queues,
                std::initializer_list<const char*> rates = {});

  /// One act: registers, memory, rings, notifications, resets; or the host's: time passes, a limit changes, a system
  /// call fails.
  void act();
  /// An address that may be a ring's, a buffer's, one at an edge of memory, or anything.
  [[nodiscard]] std::uint64_t pick_address();
  /// Where a buffer of this size lies in memory.
  [[nodiscard]] std::uint64_t pick_place(std::uint64_t size_bytes);
  [[nodiscard]] std::uint16_t pick_queue();
  /// Of 1 to `maximum` bytes that the fuzzer gives; one byte where it has no more.
  [[nodiscard]] std::vector<std::uint8_t> pick_bytes(std::size_t maximum);
  [[nodiscard]] VirtioDriver& driver() { return driver_; }

private:
  void start();
  /// Of a descriptor, or of none.
  [[nodiscard]] std::uint16_t pick_index();
  void access_register();
  void write_memory();
  void put_descriptor();
  void offer_chain();
  void offer_indirect();
  void jump();
  void set_rate();
  void fail_call();

  VirtioBench& bench_;
  FuzzedDataProvider& input_;
  VirtioDriver driver_;
  const std::uint16_t queues_;
  const std::vector<const char*> rates_;
};

} // namespace volt::test
