// What a vhost-user back end is told of a device: memory, features, rings.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/virtio/served_ring.h"
#include "devices/virtio/vhost_user_channel.h"
#include "memory/guest_memory.h"

namespace volt::virtio {

/// Used on one thread. After an error the back end is lost for good. It is told nothing that was not checked before,
/// and what it does with the guest's memory afterwards stays within that.
class VhostUserFrontend {
public:
  /// A device's with no features of its own beside those of the ring. `patience` is for each of the calls below.
  VhostUserFrontend(VhostUserChannel channel, std::chrono::milliseconds patience)
      : channel_(std::move(channel)), patience_(patience) {}
  VhostUserFrontend(const VhostUserFrontend&) = delete;
  VhostUserFrontend& operator=(const VhostUserFrontend&) = delete;
  ~VhostUserFrontend();

  [[nodiscard]] int descriptor() const { return channel_.descriptor(); }

  /// Once: takes the connection over and hands the memory out, which is GuestMemory::Backing::shared.
  [[nodiscard]] Result<void> open(const GuestMemory& memory);
  /// The driver is there with these features: the back end serves the rings, and says by `call` (an eventfd) that it
  /// used something. Between open() and stop().
  [[nodiscard]] Result<void> start(std::uint64_t features, std::span<const ServedRing> rings, int call);
  /// When it returns without an error the back end touches no ring and no buffer any more. At any time.
  [[nodiscard]] Result<void> stop();
  /// Ends the connection.
  void shut_down() { channel_.shut_down(); }

private:
  [[nodiscard]] VhostUserChannel::Clock::time_point deadline() const;
  [[nodiscard]] Result<void> hand_out(const GuestMemory& memory, VhostUserChannel::Clock::time_point until);
  [[nodiscard]] Result<void> start_ring(const ServedRing& ring, int call, VhostUserChannel::Clock::time_point until);

  VhostUserChannel channel_;
  std::chrono::milliseconds patience_;
  bool is_owner_ = false;
  /// Rings that the back end was given.
  std::vector<std::uint16_t> started_;
};

} // namespace volt::virtio
