// A virtio device in its place: event loop, registers, notifications and interrupt of one device.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bus/address_bus.h"
#include "devices/virtio/mmio_transport.h"
#include "kvm/vm.h"

namespace volt {

/// What a slot tells the machine. On the device's loop.
class VirtioListener {
public:
  virtual ~VirtioListener() = default;

  /// The driver of device `id` did something wrong; at most once a second a device.
  virtual void device_fault(const std::string& id, std::string_view text) = 0;
  /// The back end of the network device `id` is gone; at most once a device.
  virtual void device_link_down(const std::string& id, const std::string& reason) = 0;
  /// Whoever serves the queues of the device `id`, a process or the kernel, is gone, or not what it should be; at most
  /// once a device.
  virtual void device_back_end_down(const std::string& id, const std::string& reason) = 0;
  /// A device cannot go on.
  virtual void device_failed(const Error& error) = 0;
};

class VirtioSlot : private virtio::InterruptSignal,
                   private virtio::FaultListener,
                   private virtio::NotificationCounters {
public:
  struct Place {
    std::string id;
    GuestAddress window;
    std::uint32_t gsi = 0;
    std::uint16_t queue_size = 0;
  };

  /// Makes the loop, and the device on it by `make_device`, and connects both to `vm`. All references must outlive the
  /// slot.
  template <typename MakeDevice>
  [[nodiscard]] static Result<std::unique_ptr<VirtioSlot>> create(Place place, const MakeDevice& make_device,
                                                                  const GuestMemory& memory, const kvm::Vm& vm,
                                                                  VirtioListener& listener);
  ~VirtioSlot() override;

  /// The registers, for the bus.
  [[nodiscard]] virtio::MmioTransport& registers() { return *transport_; }

  [[nodiscard]] const std::string& id() const { return place_.id; }
  /// From any thread, until the slot is gone: runs `use(device)` on the device's loop and waits for its end.
  template <typename Use>
  void with_device(const Use& use) {
    loop_->call([&] { use(*device_); });
  }

  /// Before the guest runs.
  [[nodiscard]] Result<void> start();
  /// After the guest ran, or instead: what is under way ends, and guest memory and descriptors are no longer used. Any
  /// number of times.
  void stop();

private:
  VirtioSlot(Place place, std::unique_ptr<virtio::EventLoop> loop, const kvm::Vm& vm, VirtioListener& listener)
      : place_(std::move(place)), loop_(std::move(loop)), vm_(vm), listener_(listener) {}

  [[nodiscard]] Result<void> connect(std::unique_ptr<virtio::VirtioDevice> device, const GuestMemory& memory);
  [[nodiscard]] GuestAddress notify_register() const;
  [[nodiscard]] Result<int> renew(std::uint16_t queue) override;
  void trigger() override;
  void device_fault(std::string_view text) override { listener_.device_fault(place_.id, text); }

  const Place place_;
  const std::unique_ptr<virtio::EventLoop> loop_; // outlives the device
  const kvm::Vm& vm_;
  VirtioListener& listener_;
  FileDescriptor interrupt_;
  std::vector<FileDescriptor> notifications_; // by queue
  std::unique_ptr<virtio::VirtioDevice> device_;
  std::unique_ptr<virtio::MmioTransport> transport_;
};

template <typename MakeDevice>
Result<std::unique_ptr<VirtioSlot>> VirtioSlot::create(Place place, const MakeDevice& make_device,
                                                       const GuestMemory& memory, const kvm::Vm& vm,
                                                       VirtioListener& listener) {
  auto loop = TRY(virtio::EventLoop::create());
  std::unique_ptr<virtio::VirtioDevice> device = TRY(make_device(*loop));
  std::unique_ptr<VirtioSlot> slot(new VirtioSlot(std::move(place), std::move(loop), vm, listener));
  TRY(slot->connect(std::move(device), memory));
  return slot;
}

} // namespace volt
