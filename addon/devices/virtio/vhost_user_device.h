// A device whose queues another process serves (vhost-user): its life, and what becomes of it when that process is
// gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/virtio/queue_kicks.h"
#include "devices/virtio/vhost_user_frontend.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

/// The driver's notifications go straight to the back end. Its own come through the loop, where the transport says in
/// InterruptStatus what an interrupt is for. A back end that ends, answers wrongly or not in time is lost: the driver
/// sees DEVICE_NEEDS_RESET, now and after each reset.
class VhostUserDevice : public VirtioDevice {
public:
  /// Gets the reason, on the loop, at most once.
  using LostHandler = std::function<void(const std::string& reason)>;

  ~VhostUserDevice() override;

  void activate(std::uint64_t features) override;
  void reset() override;
  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool take_notifications(std::span<const FileDescriptor> by_queue) override;

protected:
  struct BackEnd {
    VhostUserChannel channel;
    /// For each exchange.
    std::chrono::milliseconds patience{5000};
    LostHandler on_lost = {};
  };

  VhostUserDevice(BackEnd back_end, EventLoop& loop);

  /// Once, behind the constructor. A back end that does not do its part is lost, and no error.
  [[nodiscard]] Result<void> open(const GuestMemory& memory);

private:
  void lose(const std::string& reason);

  VhostUserFrontend front_end_;
  const LostHandler on_lost_;
  EventLoop& loop_;
  /// The back end counts up what it used; nobody takes from it.
  FileDescriptor call_;
  QueueKicks kicks_;
  bool is_lost_ = false;
};

} // namespace volt::virtio
