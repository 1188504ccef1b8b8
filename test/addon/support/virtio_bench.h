// What surrounds a virtio device under test: guest memory, a loop, and records of its interrupts and faults. Without
// doctest, so that fuzzers use it too.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "devices/virtio/mmio_transport.h"

namespace volt::test {

/// Guest memory: 8 MiB and 1 MiB that touch, and 1 MiB above 4 GiB.
constexpr std::uint64_t low_bytes = 8 << 20;
constexpr std::uint64_t border_address = low_bytes;
constexpr std::uint64_t low_end = low_bytes + (1 << 20);
constexpr std::uint64_t high_address = std::uint64_t{1} << 32;
constexpr std::uint64_t high_bytes = 1 << 20;

class CountingInterrupt : public virtio::InterruptSignal {
public:
  void trigger() override { ++count_; }
  [[nodiscard]] unsigned count() const { return count_; }

private:
  std::atomic<unsigned> count_ = 0;
};

class FaultRecord : public virtio::FaultListener {
public:
  void device_fault(std::string_view text) override { texts.emplace_back(text); }

  std::vector<std::string> texts;
};

/// A device behind its registers. The loop is driven by hand unless the test starts it.
class VirtioBench {
public:
  /// `make_device` gets the loop, or the loop and the memory, which is shared then, and returns a std::unique_ptr of
  /// the device. With guest memory as above, or another.
  template <typename MakeDevice>
  explicit VirtioBench(const MakeDevice& make_device, std::uint16_t queue_size = 256,
                       std::shared_ptr<const GuestMemory> memory = make_memory(backing_for<MakeDevice>))
      : VirtioBench(std::move(memory)) {
    if constexpr (takes_memory<MakeDevice>) {
      connect(make_device(*loop_, *memory_), queue_size);
    } else {
      connect(make_device(*loop_), queue_size);
    }
  }
  ~VirtioBench();

  [[nodiscard]] const GuestMemory& memory() const { return *memory_; }
  [[nodiscard]] virtio::EventLoop& loop() { return *loop_; }
  [[nodiscard]] virtio::MmioTransport& transport() { return *transport_; }
  [[nodiscard]] virtio::VirtioDevice& device() { return *device_; }
  [[nodiscard]] const CountingInterrupt& interrupt() const { return interrupt_; }
  [[nodiscard]] const FaultRecord& faults() const { return faults_; }

private:
  template <typename MakeDevice>
  static constexpr bool takes_memory = std::is_invocable_v<MakeDevice, virtio::EventLoop&, const GuestMemory&>;
  template <typename MakeDevice>
  static constexpr GuestMemory::Backing backing_for =
      takes_memory<MakeDevice> ? GuestMemory::Backing::shared : GuestMemory::Backing::anonymous;

  explicit VirtioBench(std::shared_ptr<const GuestMemory> memory);
  [[nodiscard]] static std::shared_ptr<const GuestMemory> make_memory(GuestMemory::Backing backing);
  void connect(std::unique_ptr<virtio::VirtioDevice> device, std::uint16_t queue_size);

  std::shared_ptr<const GuestMemory> memory_;
  std::unique_ptr<virtio::EventLoop> loop_;
  CountingInterrupt interrupt_;
  FaultRecord faults_;
  std::unique_ptr<virtio::VirtioDevice> device_;
  std::unique_ptr<virtio::MmioTransport> transport_;
};

} // namespace volt::test
