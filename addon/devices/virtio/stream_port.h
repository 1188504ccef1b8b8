// Frames on a connected stream socket. There is no virtio header on it, and so there are no offloads.
#pragma once

#include <memory>

#include "base/file_descriptor.h"
#include "devices/virtio/net_port.h"
#include "devices/virtio/stream_receiver.h"
#include "devices/virtio/stream_sender.h"

namespace volt::virtio {

class StreamPort : public NetPort {
public:
  explicit StreamPort(FileDescriptor socket) : socket_(std::move(socket)) {}
  /// Brings the stream to the end of a frame in both directions, so that whoever has the socket next can go on; ends
  /// the connection where the peer does not do its part within 100 ms.
  ~StreamPort() override;

  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  [[nodiscard]] Sent send(std::span<const OutgoingFrame> frames) override;
  void give_up(const OutgoingFrame& first) override { sender_.give_up(first); }
  [[nodiscard]] PortStatus receive(const ReceiveBuffers& buffers, Arrival& arrival) override;
  void release() override { receiver_.take(); }

private:
  [[nodiscard]] PortStatus status_of(StreamStatus status);
  [[nodiscard]] bool finish_frames();

  FileDescriptor socket_;
  StreamSender sender_{socket_.get()};
  StreamReceiver receiver_{socket_.get()};
};

class StreamBackend : public NetBackend {
public:
  /// Refuses what is no connected Unix stream socket.
  [[nodiscard]] static Result<std::unique_ptr<StreamBackend>> create(FileDescriptor socket);

  [[nodiscard]] std::uint64_t offloads() const override { return 0; }
  [[nodiscard]] std::uint16_t port_count() const override { return 1; }
  [[nodiscard]] NetPort& port(std::uint16_t) override { return port_; }
  [[nodiscard]] Result<void> use_guest_offloads(std::uint64_t) override { return {}; }
  [[nodiscard]] Result<void> use_ports(std::uint16_t) override { return {}; }

private:
  explicit StreamBackend(FileDescriptor socket) : port_(std::move(socket)) {}

  StreamPort port_;
};

} // namespace volt::virtio
