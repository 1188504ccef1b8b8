// A tap interface in a network namespace of its own, and a packet socket on it.
#pragma once

#include <linux/if_tun.h>
#include <vector>

#include "base/file_descriptor.h"

namespace volt::test {

/// Whether this process may make namespaces and taps.
[[nodiscard]] bool can_make_taps();

constexpr int usual_tap_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;

class TapInterface {
public:
  /// Stops the test process where it cannot be made. With several queues IFF_MULTI_QUEUE has to be among `flags`.
  explicit TapInterface(int flags = usual_tap_flags, unsigned queues = 1);
  ~TapInterface();

  /// Duplicates of the descriptors, as a device gets them.
  [[nodiscard]] std::vector<FileDescriptor> queues() const;
  /// A packet socket that sends and receives with a virtio_net_hdr of 10 bytes in front (PACKET_VNET_HDR); receives
  /// give up after a second.
  [[nodiscard]] int packet_socket() const { return packets_.get(); }
  void take_down();
  /// Deletes the interface, whose descriptors stay open.
  void remove();

private:
  std::vector<FileDescriptor> queues_;
  FileDescriptor packets_;
  FileDescriptor routing_; // netlink
  int index_ = 0;
};

} // namespace volt::test
