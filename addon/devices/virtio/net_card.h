// What every virtio-net device has (virtio 1.2 §5.1), whoever moves its frames: configuration, link, commands.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/virtio/net_control.h"
#include "devices/virtio/net_options.h"
#include "devices/virtio/net_port.h"
#include "devices/virtio/net_rate_gate.h"
#include "devices/virtio/virtio_device.h"

namespace volt::virtio {

class NetCard : public VirtioDevice, private NetControlTarget {
public:
  /// Gets the reason, on the loop, once: the link stays down.
  using LinkDownHandler = std::function<void(const std::string& reason)>;

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override { return offered_features_; }
  [[nodiscard]] std::uint16_t queue_count() const override;
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;
  void activate(std::uint64_t features) override;
  void reset() override;

protected:
  /// `backend` has a port for each pair. Of what such a card could offer, nothing in `without` is.
  NetCard(const NetOptions& options, std::unique_ptr<NetBackend> backend, LinkDownHandler on_link_down,
          std::uint64_t without = 0);

  // What becomes of frames. The features are negotiated() from driver_came() to driver_left().
  virtual void driver_came() = 0;
  virtual void driver_left() = 0;
  /// One that serves frames already goes on. False where it cannot.
  [[nodiscard]] virtual bool start_pair(std::uint16_t index) = 0;
  /// Of one that may not be started.
  virtual void stop_pair(std::uint16_t index) = 0;
  /// No frame moves any more until a reset. Any number of times.
  virtual void stop_frames() = 0;
  /// Other VIRTIO_NET_F_GUEST_* are in use.
  virtual void guest_offloads_changed() {}

  [[nodiscard]] const NetOptions& options() const { return options_; }
  [[nodiscard]] NetBackend& backend() const { return *backend_; }
  [[nodiscard]] std::uint64_t negotiated() const { return features_; }
  [[nodiscard]] bool has_link() const { return has_link_; }
  /// Until then nothing is served; then every queue is.
  [[nodiscard]] bool has_begun() const { return has_begun_; }
  [[nodiscard]] std::uint16_t used_pairs() const { return used_pairs_; }
  [[nodiscard]] std::uint64_t used_guest_offloads() const { return guest_offloads_; }
  [[nodiscard]] std::uint16_t control_queue() const;

  void serve_commands();
  /// Neither frames nor commands are served any more until a reset. Any number of times.
  void stop_serving();
  void link_down(const std::string& reason);

private:
  /// Some change the host's interface, for which it stops its networks for a moment, as a driver's coming may; one
  /// sends a few at its start.
  static constexpr TokenRate command_rate{.per_second = 50, .burst = 200};

  [[nodiscard]] bool use_pairs(std::uint16_t count) override;
  [[nodiscard]] bool use_guest_offloads(std::uint64_t offloads) override;
  [[nodiscard]] Result<void> apply_guest_offloads(std::uint64_t offloads);
  void run_command(const DescriptorChain& chain);
  /// Puts what the driver negotiated into force, and frames flow; later where the rate of commands is used up.
  void begin();

  const NetOptions options_;
  const std::unique_ptr<NetBackend> backend_;
  const std::uint64_t offered_features_;
  const LinkDownHandler on_link_down_;
  NetRateGate command_gate_;

  bool has_link_ = true;
  bool has_begun_ = false;
  std::uint16_t used_pairs_ = 1;
  /// Of the back end, to which a reset changes nothing.
  std::uint16_t attached_pairs_ = 1;
  std::uint64_t features_ = 0;
  std::uint64_t guest_offloads_ = 0;
};

} // namespace volt::virtio
