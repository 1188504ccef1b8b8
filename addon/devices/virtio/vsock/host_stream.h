// The host's end of a vsock connection: a stream socket that is never waited for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "devices/virtio/buffer_list.h"

namespace volt::virtio {

/// Used on one thread. Its owner watches the descriptor for watched_events (edge triggered) and passes on what is
/// ready.
class HostStream {
public:
  static const std::uint32_t watched_events;

  explicit HostStream(FileDescriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// flush() has to follow.
  void ready(std::uint32_t events);

  // From the host.

  /// Bytes that read() gives at once.
  [[nodiscard]] std::size_t readable_bytes();
  /// Reads into `to` what is there; says how many bytes.
  [[nodiscard]] std::size_t read(const BufferList& to);
  /// Everything the host sent was read, and there will be no more.
  [[nodiscard]] bool has_ended();
  /// Nobody wants what the host still sends.
  void stop_reading();

  // To the host.

  /// Sends data, and keeps what the socket does not take at once; says how many bytes it took. A stream that takes no
  /// more takes all, and loses it.
  [[nodiscard]] std::size_t write(const BufferList& from);
  /// Sends a short line before all data: an empty socket takes it whole, or its other end is gone.
  void greet(std::string_view line);
  /// Sends what was kept; says how many bytes the socket took, or the stream lost.
  [[nodiscard]] std::size_t flush();
  /// What flush() has left to send.
  [[nodiscard]] std::size_t kept_bytes() const { return kept_.size() - kept_sent_; }
  [[nodiscard]] bool is_flushed() const { return kept_bytes() == 0; }
  /// The host takes no more.
  [[nodiscard]] bool is_gone() const { return gone_; }
  /// There will be no more data: the host reads to an end. When is_flushed().
  void stop_writing();

  /// Bytes that were given to write() and lost.
  [[nodiscard]] std::uint64_t lost_bytes() const { return lost_bytes_; }

private:
  void send_kept();

  FileDescriptor socket_;
  bool may_read_ = false;
  bool may_write_ = true;
  bool sender_ended_ = false;
  bool stopped_reading_ = false;
  bool stopped_writing_ = false;
  bool gone_ = false;
  std::vector<std::uint8_t> kept_;
  std::size_t kept_sent_ = 0; // of kept_'s front
  std::uint64_t lost_bytes_ = 0;
};

} // namespace volt::virtio
