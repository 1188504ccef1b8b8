// A tap interface with one queue or several, made and configured by whoever handed over its descriptors.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "devices/virtio/tap_port.h"

namespace volt::virtio {

class TapBackend : public NetBackend {
public:
  /// One descriptor a queue, all of the same interface; they become non-blocking. Refuses what is no tap, and one
  /// without IFF_VNET_HDR or, with several queues, without IFF_MULTI_QUEUE. It has to have IFF_NO_PI, which cannot be
  /// asked for: in what TUNGETIFF says, the same bit is IFF_NOFILTER.
  [[nodiscard]] static Result<std::unique_ptr<TapBackend>> create(std::vector<FileDescriptor> queues);

  [[nodiscard]] std::uint64_t offloads() const override { return offloads_; }
  [[nodiscard]] std::uint16_t port_count() const override { return static_cast<std::uint16_t>(ports_.size()); }
  [[nodiscard]] NetPort& port(std::uint16_t index) override { return *ports_[index]; }
  [[nodiscard]] Result<void> use_guest_offloads(std::uint64_t offloads) override;
  [[nodiscard]] Result<void> use_ports(std::uint16_t count) override;

private:
  TapBackend() = default;

  std::vector<std::unique_ptr<TapPort>> ports_;
  std::uint64_t offloads_ = 0;
  /// TUN_F_* that are set.
  std::optional<unsigned> used_flags_;
  /// From the first on; the kernel spreads frames over these.
  std::uint16_t attached_ = 0;
};

} // namespace volt::virtio
