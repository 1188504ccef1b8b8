// The control socket: lines in, a line of answer for each.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "devices/virtio/event_loop.h"

namespace volt {

/// One thread of its own for all connections. Neither a client that says too much nor one that does not read keeps
/// another waiting or takes memory beyond what is said here.
class ControlServer {
public:
  /// The reply to a line; both are without their ends. On the server's thread.
  using Answer = std::function<std::string(std::string_view line)>;

  /// A line that is longer is answered with an error, and the connection closed.
  static constexpr std::size_t maximum_line_bytes = 4096;
  /// Further ones wait until one is closed.
  static constexpr std::size_t maximum_connections = 16;

  explicit ControlServer(Answer answer) : answer_(std::move(answer)) {}
  ~ControlServer();

  /// Once. `listener` is a listening stream socket, which becomes non-blocking; the caller keeps its own descriptor.
  [[nodiscard]] Result<void> start(int listener);

private:
  struct Connection {
    FileDescriptor socket;
    std::string input;
    std::string output;
    /// Nothing more is read: the answers go out and the connection is closed.
    bool is_ending = false;
  };

  void accept_connections();
  void pause_accepting(bool until_later);
  void serve(int descriptor, std::uint32_t events);
  /// False where the connection is done with.
  [[nodiscard]] bool receive(Connection& connection);
  [[nodiscard]] bool answer_lines(Connection& connection);
  [[nodiscard]] bool send_output(Connection& connection);
  void close(int descriptor);

  const Answer answer_;
  std::unique_ptr<virtio::EventLoop> loop_;
  FileDescriptor listener_;
  // Below: the loop's thread only.
  std::map<int, Connection> connections_; // by descriptor
  bool is_accepting_ = true;
};

} // namespace volt
