// A conversation with a vhost-user back end: requests with descriptors, and answers that are checked and waited for.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "base/file_descriptor.h"
#include "devices/virtio/vhost_user_protocol.h"

namespace volt::virtio {

/// Used on one thread. The back end is not trusted: an answer of another kind or size than what was asked for is an
/// error, descriptors that come with it are refused by the kernel, and no call takes longer than its deadline. After an
/// error the conversation is over, which the back end is told by the end of its stream.
class VhostUserChannel {
public:
  using Clock = std::chrono::steady_clock;

  /// Refuses what is no Unix stream socket that is connected.
  [[nodiscard]] static Result<VhostUserChannel> create(FileDescriptor socket);

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  /// Sends a request that nobody answers.
  [[nodiscard]] Result<void> send(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                  Clock::time_point deadline);
  /// Sends a request, with at most maximum_vhost_user_regions descriptors, and waits until it is acknowledged as done
  /// (VHOST_USER_PROTOCOL_F_REPLY_ACK).
  [[nodiscard]] Result<void> tell(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                  std::span<const int> descriptors, Clock::time_point deadline);
  /// Sends a request and waits for the answer, which has exactly `answer.size()` bytes.
  [[nodiscard]] Result<void> ask(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                 std::span<std::uint8_t> answer, Clock::time_point deadline);
  /// Ends the conversation in both directions.
  void shut_down();

private:
  explicit VhostUserChannel(FileDescriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] Result<void> send_message(VhostUserRequest request, std::uint32_t flags,
                                          std::span<const std::uint8_t> payload, std::span<const int> descriptors,
                                          Clock::time_point deadline);
  [[nodiscard]] Result<void> receive_answer(VhostUserRequest request, std::span<std::uint8_t> answer,
                                            Clock::time_point deadline);
  [[nodiscard]] Result<void> receive(std::span<std::uint8_t> bytes, Clock::time_point deadline);
  [[nodiscard]] Result<void> wait(short events, Clock::time_point deadline);
  [[nodiscard]] Result<void> give_up(Result<void> result);

  FileDescriptor socket_;
};

} // namespace volt::virtio
