// The host's half of a vsock device: a listener that programs connect to, and a broker. Without doctest, so that
// fuzzers use it too.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "devices/virtio/vsock/connector_protocol.h"
#include "devices/virtio/vsock/vsock_device.h"

namespace volt::test {

/// Two connected stream sockets.
struct StreamPair {
  StreamPair();

  FileDescriptor device;
  FileDescriptor program;
};

class VsockHost {
public:
  VsockHost();

  /// The device's ends, once each.
  FileDescriptor listener;
  FileDescriptor connector;

  /// A device on them.
  [[nodiscard]] std::unique_ptr<virtio::VsockDevice> make_device(const virtio::VsockOptions& options,
                                                                 virtio::EventLoop& loop);
  /// A program that connects to the listener.
  [[nodiscard]] FileDescriptor connect_program() const;
  /// As shutdown(2) of the listener, whoever has it.
  void shut_listener() const;
  /// The next request that the device sent to the broker; 0 and 0 where there is none.
  [[nodiscard]] virtio::ConnectRequest take_request() const;
  /// The broker's answer, with a descriptor or with an errno; nothing once the broker is closed.
  void answer(std::uint32_t id, const FileDescriptor& stream) const;
  void answer(std::uint32_t id, int host_errno) const;
  void close_broker() { broker_ = {}; }
  /// The broker's end, for a real one.
  [[nodiscard]] int broker() const { return broker_.get(); }

private:
  FileDescriptor listener_copy_; // to learn its address from
  FileDescriptor broker_;
};

/// What can be read at once; empty also at the end.
[[nodiscard]] std::string read_now(const FileDescriptor& stream, std::size_t maximum_bytes = 1 << 20);
/// Writes what fits at once; says whether that was all.
bool write_now(const FileDescriptor& stream, std::string_view text);
/// Whether the other end is closed for writing and all was read.
[[nodiscard]] bool is_at_end(const FileDescriptor& stream);
/// How many descriptors the process has.
[[nodiscard]] std::size_t open_descriptors();
/// How many threads the process has.
[[nodiscard]] std::size_t running_threads();

} // namespace volt::test
