// The bridge of a segment and its taps, in the network namespace that the calling process is in.
#pragma once

#include <vector>

#include "base/file_descriptor.h"
#include "vmm/segment/subnet.h"

namespace volt {

class Bridge {
public:
  static constexpr const char* name = "volt0";

  /// Makes it, up, with the subnet's address, and restricts the namespace that it is in. One a namespace.
  [[nodiscard]] static Result<Bridge> create(const Subnet& subnet);

  struct Tap {
    /// Never used again by another interface.
    int interface = 0;
    /// One a queue. The interface goes with the last copy of the last one.
    std::vector<FileDescriptor> queues;
  };

  /// A tap on the bridge, up, with virtio headers (IFF_VNET_HDR).
  [[nodiscard]] Result<Tap> add_tap(std::uint16_t queues, std::uint32_t mtu) const;
  [[nodiscard]] bool has(int interface) const;

  /// The segment itself, with its name service, speaks to this machine too: it is deaf to all others.
  [[nodiscard]] Result<void> add_host(std::uint32_t address) const;
  /// No longer; nothing to do for one that was not added.
  void remove_host(std::uint32_t address) const;

  /// Readable when interfaces come or go.
  [[nodiscard]] int changes() const { return changes_.get(); }
  /// Makes it unreadable until the next change.
  void take_changes() const;

private:
  Bridge(FileDescriptor control, FileDescriptor changes) : control_(std::move(control)), changes_(std::move(changes)) {}

  [[nodiscard]] Result<Tap> make_tap(std::uint16_t queues, std::uint32_t mtu) const;

  /// Any socket: interfaces are configured through one.
  FileDescriptor control_;
  FileDescriptor changes_;
};

} // namespace volt
