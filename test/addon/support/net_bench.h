// A network device with a driver on one side and the test on the other. Without doctest, so that fuzzers use it too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "devices/virtio/net_device.h"
#include "devices/virtio/net_features.h"
#include "devices/virtio/tap_port.h"
#include "support/virtio_driver.h"

namespace volt::test {

using Bytes = std::vector<std::uint8_t>;

constexpr virtio::MacAddress own_mac{0x02, 0, 0, 0, 0, 1};
constexpr virtio::MacAddress other_mac{0x02, 0, 0, 0, 0, 2};

/// Two connected, non-blocking sockets of a type (SOCK_…); stops the test process where there are none.
struct SocketPair {
  explicit SocketPair(int type);
  FileDescriptor device;
  FileDescriptor test;
};

/// From `source` to other_mac, `size_bytes` long (14 at least), with a payload that `seed` decides.
[[nodiscard]] Bytes make_frame(std::size_t size_bytes, std::uint8_t seed = 1,
                               const virtio::MacAddress& source = own_mac);
[[nodiscard]] Bytes with_header(const Bytes& frame, const virtio::virtio_net_hdr_v1& header = {});

/// One message that is there, or on a stream all bytes that are; empty where there is none.
[[nodiscard]] Bytes take_message(int descriptor);

/// Stands in for a tap: a SOCK_SEQPACKET pair a port keeps frames apart.
class FakeTap : public virtio::NetBackend {
public:
  FakeTap(std::uint64_t offloads, std::uint16_t ports);

  [[nodiscard]] std::uint64_t offloads() const override { return offloads_; }
  [[nodiscard]] std::uint16_t port_count() const override { return static_cast<std::uint16_t>(ports_.size()); }
  [[nodiscard]] virtio::NetPort& port(std::uint16_t index) override { return *ports_[index]; }
  [[nodiscard]] Result<void> use_guest_offloads(std::uint64_t offloads) override;
  [[nodiscard]] Result<void> use_ports(std::uint16_t count) override;

  /// The other end of a port.
  [[nodiscard]] FileDescriptor& far_end(std::uint16_t index) { return far_ends_[index]; }

  std::vector<std::uint64_t> used_offloads;
  std::vector<std::uint16_t> used_ports;
  bool is_gone = false;

private:
  const std::uint64_t offloads_;
  std::vector<std::unique_ptr<virtio::TapPort>> ports_;
  std::vector<FileDescriptor> far_ends_;
};

class NetBench {
public:
  NetBench(const virtio::NetOptions& options, std::unique_ptr<virtio::NetBackend> backend);

  [[nodiscard]] virtio::NetDevice& device() { return static_cast<virtio::NetDevice&>(bench.device()); }
  [[nodiscard]] std::uint64_t dropped(virtio::NetDrop reason) { return device().net_counters().of(reason); }
  void turn() { bench.loop().turn(); }

  /// Adds a chain with `bytes` to a transmit queue, at the next free place of guest memory.
  std::uint16_t offer_frame(const Bytes& bytes, std::uint16_t queue = 1);
  /// offer_frame(), and tells the device.
  std::uint16_t send(const Bytes& bytes, std::uint16_t queue = 1);
  /// Adds a buffer to a receive queue and tells the device; returns its address.
  std::uint64_t offer_room(std::uint32_t size_bytes, std::uint16_t queue = 0);
  /// Runs a command on the control queue and returns the answer; 0xff where there was none.
  std::uint8_t command(const Bytes& bytes, std::uint16_t queue);
  [[nodiscard]] std::uint16_t link_status();

  std::vector<std::string> link_downs;
  VirtioBench bench;
  VirtioDriver driver{bench};

private:
  [[nodiscard]] std::uint64_t place(std::size_t size_bytes);

  std::uint64_t next_place_ = data_address;
};

/// All that a tap can do, and what tests leave out of it.
constexpr std::uint64_t all_offloads = virtio::host_offloads | virtio::guest_offloads;
constexpr std::uint64_t no_merging = virtio::net_feature(virtio::VIRTIO_NET_F_MRG_RXBUF);

[[nodiscard]] virtio::NetOptions options_with(std::uint16_t pairs = 1);

/// A device on a FakeTap.
struct TapBench {
  explicit TapBench(const virtio::NetOptions& options = options_with(), std::uint64_t offloads = all_offloads)
      : TapBench(options, std::make_unique<FakeTap>(offloads, options.pairs)) {}

  /// Starts the driver, or starts it again; stops the test process where the device does not want it.
  void start(std::uint64_t without_features = 0, std::uint16_t queue_size = 16);
  /// A frame comes in behind `header`.
  void arrive(const Bytes& frame, const virtio::virtio_net_hdr_v1& header = {}, std::uint16_t port = 0);
  /// The next frame that went out, with its header.
  [[nodiscard]] Bytes sent(std::uint16_t port = 0) { return take_message(tap.far_end(port).get()); }

  FakeTap& tap;
  NetBench net;

private:
  TapBench(const virtio::NetOptions& options, std::unique_ptr<FakeTap> backend)
      : tap(*backend), net(options, std::move(backend)) {}
};

/// A device on one end of a stream socket.
struct StreamBench {
  explicit StreamBench(const virtio::NetOptions& options = stream_options())
      : StreamBench(SocketPair(SOCK_STREAM), options) {}
  /// The device's end of `pair` becomes the device's.
  explicit StreamBench(SocketPair pair, const virtio::NetOptions& options = stream_options());

  [[nodiscard]] static virtio::NetOptions stream_options();
  /// As TapBench::start().
  void start(std::uint16_t queue_size = 16);
  /// Puts bytes into the stream, all of them, and lets the device turn as often as that takes.
  void write(const Bytes& bytes);
  /// All bytes that the device sent and that were not read yet.
  [[nodiscard]] Bytes read();

  FileDescriptor far_end;
  NetBench net;
};

/// A frame as it is on a stream.
[[nodiscard]] Bytes with_length(const Bytes& frame);

} // namespace volt::test
