// Host programs that want a port of the guest: accepts them and reads their first line.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "devices/virtio/event_loop.h"

namespace volt::virtio {

/// Everything happens on the loop.
class VsockListener {
public:
  struct Limits {
    /// Clients whose line has not come yet; more wait to be accepted.
    std::size_t handshakes = 64;
    std::chrono::milliseconds line_timeout{5000};
    /// Before the next try, when the host refused an accept(2).
    std::chrono::milliseconds retry_pause{100};
  };
  /// A client asked for a port of the guest; what it sent behind its line waits in the stream.
  using Accepted = std::function<void(FileDescriptor stream, std::uint32_t guest_port)>;

  /// `socket` is a listening Unix stream socket; it becomes non-blocking. The error where it is none. The loop outlives
  /// the listener.
  [[nodiscard]] static Result<std::unique_ptr<VsockListener>> create(FileDescriptor socket, EventLoop& loop,
                                                                     Limits limits, Accepted accepted);
  VsockListener(const VsockListener&) = delete;
  VsockListener& operator=(const VsockListener&) = delete;
  ~VsockListener();

private:
  struct Handshake {
    FileDescriptor stream;
    EventLoop::TimerId timeout = 0;
  };

  VsockListener(FileDescriptor socket, EventLoop& loop, Limits limits, Accepted accepted)
      : socket_(std::move(socket)), loop_(loop), limits_(limits), accepted_(std::move(accepted)) {}

  void on_ready(std::uint32_t events);
  void accept_clients();
  [[nodiscard]] bool accept_one();
  void retry_later();
  void set_accepting(bool accepting);
  void begin(FileDescriptor stream);
  void on_line(std::uint64_t id, std::uint32_t events);
  /// Ends a handshake; its stream, where someone wants it.
  FileDescriptor end(std::uint64_t id);

  const FileDescriptor socket_;
  EventLoop& loop_;
  const Limits limits_;
  const Accepted accepted_;
  bool is_watched_ = true;
  bool accepting_ = true;
  std::optional<EventLoop::TimerId> retry_;
  std::map<std::uint64_t, Handshake> handshakes_;
  std::uint64_t last_handshake_ = 0;
};

} // namespace volt::virtio
