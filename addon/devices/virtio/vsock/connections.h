// All connections of a vsock device: who may have one, whose turn it is, and when they end.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "devices/virtio/vsock/connector.h"
#include "devices/virtio/vsock/drains.h"
#include "devices/virtio/vsock/link.h"
#include "devices/virtio/vsock/vsock_options.h"

namespace volt::virtio {

/// Everything happens on the loop.
class VsockConnections {
public:
  /// `packets_wait` is called when has_packet() may have become true otherwise than by receive() and reject(). The
  /// references outlive the object. Without use_connector() the guest reaches nothing.
  VsockConnections(const VsockOptions& options, EventLoop& loop, VsockCounters& counters,
                   std::function<void()> packets_wait);
  VsockConnections(const VsockConnections&) = delete;
  VsockConnections& operator=(const VsockConnections&) = delete;
  ~VsockConnections();

  void use_connector(std::unique_ptr<VsockConnector> connector) { connector_ = std::move(connector); }
  /// An answer of the connector.
  void host_answered(std::uint32_t request, FileDescriptor stream);

  /// A guest is there, or no longer: then all connections end, and it hears nothing of them.
  void set_present(bool guest_is_present);
  /// A host program wants a port of the guest.
  void open_from_host(FileDescriptor stream, std::uint32_t guest_port);
  /// A packet of the guest for this host, with its data; it may change while it is looked at.
  void receive(const virtio_vsock_hdr& header, const BufferList& data);
  /// A packet that nobody can take: RST is the answer to all but RST, and ends the connection that it belongs to.
  void reject(const virtio_vsock_hdr& header);

  /// Whether something is to be sent to the guest.
  [[nodiscard]] bool has_packet();
  /// Puts it into `to`, which has room for a header at least; its size in bytes. After has_packet().
  [[nodiscard]] std::uint32_t put_packet(const BufferList& to);
  /// RSTs that wait: the guest can make as many as it likes, so its owner stops listening when they are too many.
  [[nodiscard]] std::size_t waiting_resets() const { return resets_.size(); }

  [[nodiscard]] std::uint32_t next_host_port() const { return next_host_port_; }

private:
  using Links = std::map<VsockPorts, VsockLink>;
  enum class Farewell { silent, reset };

  void open_from_guest(const virtio_vsock_hdr& request);
  void establish(VsockLink& link);
  [[nodiscard]] VsockPorts pick_ports(std::uint32_t guest_port);
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] Result<void> attach(VsockLink& link, FileDescriptor stream);
  void on_stream(VsockPorts ports, std::uint32_t events);
  void settle(Links::iterator link);
  void queue(VsockLink& link);
  void set_timeout(VsockLink& link, std::chrono::milliseconds patience);
  void clear_timeout(VsockLink& link);
  void end(Links::iterator link, Farewell farewell);
  void count_connections();

  const VsockOptions options_;
  EventLoop& loop_;
  VsockCounters& counters_;
  const std::function<void()> packets_wait_;
  std::unique_ptr<VsockConnector> connector_;
  bool guest_is_present_ = false;
  std::uint32_t next_host_port_;
  Links links_;
  std::map<std::uint32_t, VsockPorts> requests_; // of the connector
  std::deque<VsockPorts> queued_;                // links that may have a packet, in turn
  std::uint16_t next_operation_ = 0;             // of the first of them
  std::deque<virtio_vsock_hdr> resets_;
  VsockDrains drains_; // the last: its end is counted with the links
};

} // namespace volt::virtio
