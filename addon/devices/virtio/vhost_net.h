// A pair of queues that the kernel serves: a descriptor of /dev/vhost-net (<linux/vhost.h>).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/file_descriptor.h"
#include "devices/virtio/served_ring.h"
#include "memory/guest_memory.h"

namespace volt::virtio {

/// ioctl(2); tests put something else in its place. Sets errno where it returns less than 0.
using VhostControl = std::function<int(int descriptor, unsigned long request, void* argument)>;
[[nodiscard]] VhostControl host_vhost_control();

/// Used on one thread of the process that has the guest's memory mapped. The kernel is told nothing that was not
/// checked before; what chains hold is the kernel's to check, which reaches nothing but the memory that it was told.
class VhostNet {
public:
  /// What a pair works with; all stay the caller's.
  struct Ends {
    /// The queue of a tap.
    int tap = -1;
    /// Counters (eventfd): the kernel used something, and the kernel met a ring or a chain that is none.
    int call = -1;
    int error = -1;
  };
  /// Where a ring that was stopped goes on.
  struct Position {
    std::uint16_t index = 0;
    std::uint16_t next_available = 0;
  };

  /// Takes `device` over for this process and tells it the memory, which outlives the object. Fails with EBUSY where
  /// another has it.
  [[nodiscard]] static Result<std::unique_ptr<VhostNet>> create(FileDescriptor device, const GuestMemory& memory,
                                                                VhostControl control);
  VhostNet(const VhostNet&) = delete;
  VhostNet& operator=(const VhostNet&) = delete;
  /// Stops, and gives the device back: the next machine on the descriptor takes it over again.
  ~VhostNet();

  /// Of ring_features and VIRTIO_NET_F_MRG_RXBUF what the kernel can do.
  [[nodiscard]] std::uint64_t features() const { return features_; }

  /// The kernel serves the rings, 0 to receive and 1 to transmit, for a driver of these features. After an error stop()
  /// has to follow. Between create() and stop().
  [[nodiscard]] Result<void> start(std::uint64_t features, std::span<const ServedRing> rings, const Ends& ends);
  /// When it returns without an error the kernel touches no ring and no buffer any more. At any time.
  [[nodiscard]] Result<std::vector<Position>> stop();

private:
  VhostNet(FileDescriptor device, const GuestMemory& memory, VhostControl control)
      : device_(std::move(device)), memory_(memory), control_(std::move(control)) {}

  [[nodiscard]] Result<void> take_over();
  [[nodiscard]] Result<void> tell_memory();
  [[nodiscard]] Result<void> start_ring(const ServedRing& ring, const Ends& ends);
  template <typename Argument>
  [[nodiscard]] Result<void> tell(unsigned long request, Argument& argument, std::string_view attempted);
  [[nodiscard]] std::uint64_t address_of(GuestAddress start) const;

  const FileDescriptor device_;
  const GuestMemory& memory_;
  const VhostControl control_;
  std::uint64_t features_ = 0;
  bool is_owner_ = false;
  /// Rings that the kernel was given.
  std::vector<std::uint16_t> started_;
};

} // namespace volt::virtio
