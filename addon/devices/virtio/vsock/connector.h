// The way to host programs from a guest: asks a broker for connected sockets, because the engine opens nothing by path.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "devices/virtio/event_loop.h"
#include "devices/virtio/vsock/connector_protocol.h"

namespace volt::virtio {

/// Everything happens on the loop.
class VsockConnector {
public:
  /// The answer to a request: a connected stream socket, or none. Never from within request().
  using Answered = std::function<void(std::uint32_t id, FileDescriptor stream)>;

  /// `socket` is connected and SOCK_SEQPACKET; the error where it is none. The loop outlives the connector.
  [[nodiscard]] static Result<std::unique_ptr<VsockConnector>> create(FileDescriptor socket, EventLoop& loop,
                                                                      Answered answered);
  VsockConnector(const VsockConnector&) = delete;
  VsockConnector& operator=(const VsockConnector&) = delete;
  ~VsockConnector();

  /// Asks for a port of the host; the request's id, or nothing where the broker is gone.
  [[nodiscard]] std::optional<std::uint32_t> request(std::uint32_t port);
  /// Nobody waits for the answer any more: what it brings is closed.
  void forget(std::uint32_t id);

private:
  VsockConnector(FileDescriptor socket, EventLoop& loop, Answered answered);

  void on_ready(std::uint32_t events);
  /// Whether there may be more.
  [[nodiscard]] bool receive_one();
  void take_answer(const ConnectAnswer& answer, FileDescriptor stream);
  void send_unsent();
  void give_up();

  const FileDescriptor socket_;
  EventLoop& loop_;
  const Answered answered_;
  bool is_gone_ = false;
  bool waits_for_room_ = false;
  std::uint32_t last_id_ = 0;
  std::deque<ConnectRequest> unsent_;
  std::set<std::uint32_t> waiting_;
};

} // namespace volt::virtio
