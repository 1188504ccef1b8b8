// Streams whose guest is gone while their host program has not read everything yet.
#pragma once

#include <functional>
#include <map>

#include "devices/virtio/event_loop.h"
#include "devices/virtio/vsock/host_stream.h"

namespace volt::virtio {

/// Everything happens on the loop. Touches no guest memory.
class VsockDrains {
public:
  /// `ended` is told how many bytes nobody read, each time that a stream is closed.
  VsockDrains(EventLoop& loop, std::chrono::milliseconds timeout, std::function<void(std::uint64_t lost_bytes)> ended)
      : loop_(loop), timeout_(timeout), ended_(std::move(ended)) {}
  VsockDrains(const VsockDrains&) = delete;
  VsockDrains& operator=(const VsockDrains&) = delete;
  ~VsockDrains();

  /// Hands over what the stream keeps and closes it then, or when the time is over. The stream is not watched.
  void add(HostStream stream);
  [[nodiscard]] std::size_t size() const { return drains_.size(); }

private:
  struct Drain {
    HostStream stream;
    EventLoop::TimerId timeout = 0;
  };

  void on_ready(std::uint64_t id, std::uint32_t events);
  void end(std::uint64_t id);

  EventLoop& loop_;
  const std::chrono::milliseconds timeout_;
  const std::function<void(std::uint64_t)> ended_;
  std::map<std::uint64_t, Drain> drains_;
  std::uint64_t last_drain_ = 0;
};

} // namespace volt::virtio
