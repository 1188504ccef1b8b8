// A network card whose frames the kernel moves between its queues and a tap interface (vhost-net).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "devices/virtio/net_card.h"
#include "devices/virtio/vhost_net.h"

namespace volt::virtio {

/// Commands come here, notifications of frames go straight to the kernel. Its own come through the loop, where the
/// transport says in InterruptStatus what an interrupt is for. A kernel that refuses what it has to do is lost: the
/// driver sees DEVICE_NEEDS_RESET, now and after each reset.
class VhostNetDevice : public NetCard {
public:
  /// Gets the reason, on the loop, at most once.
  using LostHandler = std::function<void(const std::string& reason)>;

  struct Surroundings {
    /// Both outlive the device.
    const GuestMemory& memory;
    EventLoop& loop;
    LinkDownHandler on_link_down = {};
    LostHandler on_lost = {};
  };

  /// `tap` has a port for each pair, whose descriptors are used and nothing else. `devices` has one of /dev/vhost-net
  /// for each. `options` has no limits and no prevention of spoofing: frames are not looked at.
  [[nodiscard]] static Result<std::unique_ptr<VhostNetDevice>>
  create(const NetOptions& options, std::unique_ptr<NetBackend> tap, std::vector<FileDescriptor> devices,
         Surroundings around, const VhostControl& control = host_vhost_control());
  ~VhostNetDevice() override;

  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool take_notifications(NotificationCounters& counters) override;

private:
  /// How often is asked whether the interface is still there, which nothing tells but at the price of a wake-up a
  /// frame.
  static constexpr std::chrono::seconds between_looks{1};

  struct Pair {
    std::unique_ptr<VhostNet> kernel;
    bool is_served = false;
  };
  using Pairs = std::deque<Pair>;

  VhostNetDevice(const NetOptions& options, std::unique_ptr<NetBackend> tap, Pairs pairs, Surroundings around);

  [[nodiscard]] Result<void> open();
  void driver_came() override;
  void driver_left() override;
  [[nodiscard]] bool start_pair(std::uint16_t index) override;
  void stop_pair(std::uint16_t index) override;
  void stop_frames() override;

  /// Rings of a pair that its driver set up.
  [[nodiscard]] Result<std::vector<ServedRing>> rings_of(std::uint16_t index);
  [[nodiscard]] Result<void> serve_pair(std::uint16_t index);
  [[nodiscard]] Result<void> watch_commands();
  void control_notified();
  void ring_failed();
  void watch_link();
  void lose(const std::string& reason);

  Pairs pairs_;
  EventLoop& loop_;
  const LostHandler on_lost_;
  /// The kernel counts up what it used, and what it could make no sense of.
  FileDescriptor call_;
  FileDescriptor error_;
  NotificationCounters* notifications_ = nullptr;
  std::optional<int> control_counter_;
  std::optional<EventLoop::TimerId> look_;
  bool is_lost_ = false;
};

} // namespace volt::virtio
