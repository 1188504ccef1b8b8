// A network card whose frames go through here, to a tap interface or a stream socket.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "devices/virtio/net_card.h"
#include "devices/virtio/net_receiver.h"
#include "devices/virtio/net_transmitter.h"

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

class NetDevice : public NetCard {
public:
  /// `backend` has one descriptor a pair; they become the device's. Fails where they are not what `options` say.
  [[nodiscard]] static Result<std::unique_ptr<NetDevice>>
  create(const NetOptions& options, std::vector<FileDescriptor> backend, LinkDownHandler on_link_down);
  /// `backend` has a port for each pair.
  NetDevice(const NetOptions& options, std::unique_ptr<NetBackend> backend, LinkDownHandler on_link_down);

  void notified(std::uint16_t queue) override;
  [[nodiscard]] bool set_rate(std::string_view name, const std::optional<TokenRate>& rate) override;

  [[nodiscard]] NetCounters& net_counters() { return net_counters_; }
  /// On the loop.
  [[nodiscard]] NetState state() const;

private:
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

  void driver_came() override;
  void driver_left() override;
  [[nodiscard]] bool start_pair(std::uint16_t index) override;
  void stop_pair(std::uint16_t index) override;
  void stop_frames() override;
  void guest_offloads_changed() override;

  void receive(std::uint16_t index);
  /// False where the pair is not to go on: the link or the driver failed.
  [[nodiscard]] bool receive_frames(Pair& pair, SplitQueue& queue, std::uint16_t index);
  void transmit(std::uint16_t index);
  void take(std::uint16_t index, const DescriptorChain& chain);
  void flush(std::uint16_t index);
  void handle_events(std::uint16_t index, std::uint32_t events);
  void update_watch(Pair& pair);

  NetCounters net_counters_;
  std::deque<Pair> pairs_; // never moved
  NetRateGate receive_gate_;
  NetRateGate transmit_gate_;
};

} // namespace volt::virtio
