// virtio-net: a network card (virtio 1.2 §5.1) whose cable is a tap interface or a stream socket.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "devices/virtio/net_control.h"
#include "devices/virtio/net_options.h"
#include "devices/virtio/net_rate_gate.h"
#include "devices/virtio/net_receiver.h"
#include "devices/virtio/net_transmitter.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

/// What the transport's state does not have.
struct NetState {
  /// Chains that were taken from the queues and not returned, by their heads.
  struct Pair {
    /// The last that were taken: going back by their number gives them again.
    std::vector<std::uint16_t> receive_heads;
    /// Frames that the back end did not take yet: returned unsent they are lost, as frames may be.
    std::vector<std::uint16_t> transmit_heads;
  };

  std::uint32_t version = 1;
  bool has_link = true;
  /// Pairs in use, from the first on.
  std::uint16_t used_pairs = 1;
  /// VIRTIO_NET_F_GUEST_* in use.
  std::uint64_t guest_offloads = 0;
  std::vector<Pair> pairs;
};

class NetDevice : public VirtioDevice, private NetControlTarget {
public:
  /// Gets the reason, on the loop, once: the link stays down.
  using LinkDownHandler = std::function<void(const std::string& reason)>;

  /// `backend` has one descriptor a pair; they become the device's. Fails where they are not what `options` say.
  [[nodiscard]] static Result<std::unique_ptr<NetDevice>>
  create(const NetOptions& options, std::vector<FileDescriptor> backend, LinkDownHandler on_link_down);
  /// `backend` has a port for each pair.
  NetDevice(const NetOptions& options, std::unique_ptr<NetBackend> backend, LinkDownHandler on_link_down);

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override { return offered_features_; }
  [[nodiscard]] std::uint16_t queue_count() const override;
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override;
  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool set_rate(std::string_view name, const std::optional<TokenRate>& rate) override;

  [[nodiscard]] NetCounters& net_counters() { return net_counters_; }
  /// On the loop.
  [[nodiscard]] NetState state() const;

private:
  /// Some change the host's interface, for which it stops its networks for a moment, as a driver's coming may; one
  /// sends a few at its start.
  static constexpr TokenRate command_rate{.per_second = 50, .burst = 200};

  struct Pair {
    Pair(NetPort& its_port, NetCounting counters)
        : port(its_port), receiver(its_port, counters), transmitter(its_port, counters) {}

    NetPort& port;
    NetReceiver receiver;
    NetTransmitter transmitter;
    bool is_used = false;
    /// Nothing but the port keeps frames from coming.
    bool wants_frames = false;
    /// EPOLL* that its descriptor is watched for, while it is used.
    std::uint32_t watched_events = 0;
  };

  [[nodiscard]] bool use_pairs(std::uint16_t count) override;
  [[nodiscard]] bool use_guest_offloads(std::uint64_t offloads) override;
  [[nodiscard]] Result<void> apply_guest_offloads(std::uint64_t offloads);
  [[nodiscard]] std::uint16_t control_queue() const;
  void serve_commands();
  /// Puts what the driver negotiated into force, and frames flow; later where the rate of commands is used up.
  void begin();

  void receive(std::uint16_t index);
  /// False where the pair is not to go on: the link or the driver failed.
  [[nodiscard]] bool receive_frames(Pair& pair, SplitQueue& queue, std::uint16_t index);
  void transmit(std::uint16_t index);
  void take(std::uint16_t index, const DescriptorChain& chain);
  void flush(std::uint16_t index);
  void run_command(const DescriptorChain& chain);

  [[nodiscard]] bool start_pair(std::uint16_t index);
  void stop_pair(std::uint16_t index);
  void handle_events(std::uint16_t index, std::uint32_t events);
  void update_watch(Pair& pair);
  /// Nothing comes in any more until a reset.
  void stop_watching();
  void link_down(std::string reason);

  const NetOptions options_;
  const std::unique_ptr<NetBackend> backend_;
  const LinkDownHandler on_link_down_;
  const std::uint64_t offered_features_;
  NetCounters net_counters_;
  std::deque<Pair> pairs_; // never moved
  NetRateGate receive_gate_;
  NetRateGate transmit_gate_;
  NetRateGate command_gate_;

  bool has_link_ = true;
  /// From begin() to reset().
  bool has_begun_ = false;
  std::uint16_t used_pairs_ = 1;
  std::uint64_t features_ = 0;
  std::uint64_t guest_offloads_ = 0;
};

} // namespace volt::virtio
