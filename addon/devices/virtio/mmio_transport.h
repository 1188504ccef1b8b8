// The registers of a virtio device in memory (virtio 1.2 §4.2, version 2), and its status.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "bus/address_bus.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

struct TransportState {
  std::uint32_t version = 1;
  /// VIRTIO_CONFIG_S_*.
  std::uint8_t status = 0;
  std::uint32_t device_features_select = 0;
  std::uint32_t driver_features_select = 0;
  std::uint64_t driver_features = 0;
  std::uint32_t queue_select = 0;
  std::uint32_t configuration_generation = 0;
  /// As the driver set them up; for an enabled queue the queue's own state goes on from there.
  std::vector<QueueState> queues;
};

/// read() and write() come from any vCPU's thread and go to the loop but for the constant and the interrupt registers;
/// all else is called on the loop. Accesses that the specification does not know read zero and write nothing.
class MmioTransport : public BusDevice, private DeviceHost {
public:
  static constexpr std::uint64_t window_bytes = 4096;
  static constexpr std::uint16_t maximum_queue_size = 1024;

  struct Surroundings {
    const GuestMemory& memory;
    EventLoop& loop;
    InterruptSignal& interrupt;
    FaultListener& listener;
  };

  /// All must outlive the transport. `queue_size` is what each queue may have, a power of two.
  MmioTransport(VirtioDevice& device, Surroundings surroundings, std::uint16_t queue_size);

  void read(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data) override;

  /// The driver notified a queue by other means than its register (ioeventfd).
  void notified(std::uint16_t index);
  /// Resets the device for good: the machine ends.
  void shut_down();

  [[nodiscard]] TransportState state() const;
  [[nodiscard]] std::uint32_t interrupt_status() const { return interrupt_status_.load(); }

private:
  [[nodiscard]] EventLoop& loop() override { return around_.loop; }
  [[nodiscard]] const GuestMemory& memory() const override { return around_.memory; }
  [[nodiscard]] SplitQueue& queue(std::uint16_t index) override { return queues_[index]; }
  void interrupt_used(std::uint16_t index) override;
  void interrupt_driver() override;
  void configuration_changed() override;
  void serve_later(std::uint16_t index) override;
  void report_fault(std::string_view text) override;
  void need_reset(std::string_view text) override;
  void need_reset() override;

  [[nodiscard]] std::uint64_t offered_features() const;
  /// Why the driver's features are not acceptable; null where they are.
  [[nodiscard]] const char* problem_of_features() const;
  /// Between DRIVER_OK and whatever ends it.
  [[nodiscard]] bool is_live() const;
  [[nodiscard]] QueueState* selected_queue();
  [[nodiscard]] std::uint32_t read_register(std::uint64_t offset);
  void write_register(std::uint64_t offset, std::uint32_t value);
  void write_queue_register(std::uint64_t offset, std::uint32_t value);
  void set_queue_ready(std::uint32_t value);
  void write_status(std::uint32_t value);
  [[nodiscard]] bool take_step(std::uint8_t bit);
  void go_live();
  void reset();
  void raise(std::uint32_t cause);

  VirtioDevice& device_;
  const Surroundings around_;
  const std::uint16_t queue_size_;
  std::atomic<std::uint32_t> interrupt_status_ = 0;

  // Below: the loop's thread only.
  TransportState state_;
  std::vector<SplitQueue> queues_;
  /// By queue: one task that serves it is under way, however often a full ring is notified.
  std::vector<bool> is_service_due_;
  /// Counts resets, so that what was put off can tell whether it is still wanted.
  std::uint64_t epoch_ = 0;
  bool is_shut_down_ = false;
  EventLoop::Clock::time_point next_report_;
};

} // namespace volt::virtio
