// Where the frames of one pair of queues go to and come from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "devices/virtio/net_frame.h"
#include "devices/virtio/receive_buffers.h"

namespace volt::virtio {

enum class PortStatus {
  /// It went on.
  ready,
  /// Nothing more at present: its descriptor tells when (EPOLLIN, EPOLLOUT).
  blocked,
  /// For good; problem() tells why.
  broken,
};

/// A frame that has come. Behind its header the first `bytes_in_place` lie in the guest's buffers already, the others
/// in `rest`, which is the port's until release().
struct Arrival {
  virtio_net_hdr_v1 header = {};
  std::size_t bytes_in_place = 0;
  std::span<const std::uint8_t> rest;

  [[nodiscard]] std::size_t frame_bytes() const { return bytes_in_place + rest.size(); }
};

/// Used on one thread; never waits.
class NetPort {
public:
  NetPort() = default;
  NetPort(const NetPort&) = delete;
  NetPort& operator=(const NetPort&) = delete;
  virtual ~NetPort() = default;

  /// Non-blocking; to be watched while a driver runs.
  [[nodiscard]] virtual int descriptor() const = 0;

  struct Sent {
    PortStatus status = PortStatus::ready;
    /// How many frames from the first on are no longer needed.
    std::size_t frames = 0;
    /// How many of those the host did not take.
    std::size_t refused = 0;
  };
  /// Sends what it can. Frames that are left come again, first, with the next call.
  [[nodiscard]] virtual Sent send(std::span<const OutgoingFrame> frames) = 0;
  /// The frames that were left do not come again; `first` is the first of them. Their guest memory is not used any
  /// more.
  virtual void give_up(const OutgoingFrame& first) = 0;

  /// The next frame, into `buffers` behind room for a header where the port can. Not again before release().
  [[nodiscard]] virtual PortStatus receive(const ReceiveBuffers& buffers, Arrival& arrival) = 0;
  virtual void release() = 0;

  /// Why the port is broken.
  [[nodiscard]] const std::string& problem() const { return problem_; }

protected:
  PortStatus broken(std::string problem) {
    problem_ = std::move(problem);
    return PortStatus::broken;
  }

private:
  std::string problem_;
};

/// What stands behind all pairs of a device.
class NetBackend {
public:
  virtual ~NetBackend() = default;

  /// VIRTIO_NET_F_* of the offloads it can do.
  [[nodiscard]] virtual std::uint64_t offloads() const = 0;
  [[nodiscard]] virtual std::uint16_t port_count() const = 0;
  /// `index` below port_count().
  [[nodiscard]] virtual NetPort& port(std::uint16_t index) = 0;

  /// Frames may come with these VIRTIO_NET_F_GUEST_* offloads open.
  [[nodiscard]] virtual Result<void> use_guest_offloads(std::uint64_t offloads) = 0;
  /// Frames come through the first `count` ports only; the others are not watched then.
  [[nodiscard]] virtual Result<void> use_ports(std::uint16_t count) = 0;
};

} // namespace volt::virtio
