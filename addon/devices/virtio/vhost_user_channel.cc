// sendmsg(2) and recv(2) with deadlines.
#include "devices/virtio/vhost_user_channel.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <string>
#include <sys/socket.h>

#include "base/unix_socket.h"

namespace volt::virtio {

namespace {

Error protocol_error(std::string message) {
  return Error{.host_errno = EPROTO, .message = std::move(message)};
}

// SAFETY: a trivially copyable structure seen as bytes.
template <typename Structure>
std::span<std::uint8_t> bytes_of(Structure& structure) {
  return {reinterpret_cast<std::uint8_t*>(&structure), sizeof structure};
}

/// Descriptors as they travel beside the first byte (unix(7), SCM_RIGHTS).
class AttachedDescriptors {
public:
  AttachedDescriptors(msghdr& message, std::span<const int> descriptors) {
    assert(descriptors.size() <= maximum_vhost_user_regions);
    if (descriptors.empty()) return;
    message.msg_control = room_.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }

private:
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(maximum_vhost_user_regions * sizeof(int))> room_{};
};

} // namespace

Result<VhostUserChannel> VhostUserChannel::create(FileDescriptor socket) {
  const int unfit = check_unix_stream(socket.get());
  if (unfit == 0) return VhostUserChannel(std::move(socket));
  Error error = host_error(unfit, "use descriptor " + std::to_string(socket.get()) + " as a vhost-user back end");
  error.hint = "hand over a Unix stream socket that is connected to a daemon such as virtiofsd";
  return error;
}

Result<void> VhostUserChannel::send(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                    Clock::time_point deadline) {
  return give_up(send_message(request, 0, payload, {}, deadline));
}

Result<void> VhostUserChannel::tell(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                    std::span<const int> descriptors, Clock::time_point deadline) {
  TRY(give_up(send_message(request, vhost_user_need_reply, payload, descriptors, deadline)));
  std::uint64_t status = 0;
  TRY(give_up(receive_answer(request, bytes_of(status), deadline)));
  if (status == 0) return {};
  return give_up(protocol_error("the back end refused request " + std::to_string(static_cast<unsigned>(request))));
}

Result<void> VhostUserChannel::ask(VhostUserRequest request, std::span<const std::uint8_t> payload,
                                   std::span<std::uint8_t> answer, Clock::time_point deadline) {
  TRY(give_up(send_message(request, 0, payload, {}, deadline)));
  return give_up(receive_answer(request, answer, deadline));
}

void VhostUserChannel::shut_down() {
  ::shutdown(socket_.get(), SHUT_RDWR);
}

Result<void> VhostUserChannel::give_up(Result<void> result) {
  if (!result.ok()) shut_down();
  return result;
}

Result<void> VhostUserChannel::send_message(VhostUserRequest request, std::uint32_t flags,
                                            std::span<const std::uint8_t> payload, std::span<const int> descriptors,
                                            Clock::time_point deadline) {
  VhostUserHeader header{.request = static_cast<std::uint32_t>(request),
                         .flags = vhost_user_version | flags,
                         .size = static_cast<std::uint32_t>(payload.size())};
  std::array<std::uint8_t, sizeof(VhostUserHeader) + sizeof(VhostUserMemoryTable)> room; // no request is longer
  assert(payload.size() <= sizeof(VhostUserMemoryTable));
  std::ranges::copy(payload, std::ranges::copy(bytes_of(header), room.begin()).out);
  const std::span bytes = std::span(room).first(sizeof header + payload.size());
  for (std::size_t done = 0; done < bytes.size();) {
    iovec piece{.iov_base = bytes.data() + done, .iov_len = bytes.size() - done};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const AttachedDescriptors attached(message, done == 0 ? descriptors : std::span<const int>());
    const ssize_t count = sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      TRY(wait(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return host_error(errno, "send to the back end");
    }
  }
  return {};
}

Result<void> VhostUserChannel::receive_answer(VhostUserRequest request, std::span<std::uint8_t> answer,
                                              Clock::time_point deadline) {
  VhostUserHeader header{};
  TRY(receive(bytes_of(header), deadline));
  const bool is_answer = header.request == static_cast<std::uint32_t>(request) &&
                         (header.flags & vhost_user_version_mask) == vhost_user_version &&
                         (header.flags & vhost_user_reply) != 0;
  if (!is_answer) return protocol_error("the back end sent something other than the answer");
  if (header.size != answer.size()) return protocol_error("the back end sent an answer of a wrong size");
  return receive(answer, deadline);
}

Result<void> VhostUserChannel::receive(std::span<std::uint8_t> bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (count == 0) {
      return protocol_error("the back end closed its connection");
    } else if (errno == EAGAIN) {
      TRY(wait(POLLIN, deadline));
    } else if (errno != EINTR) {
      return host_error(errno, "receive from the back end");
    }
  }
  return {};
}

Result<void> VhostUserChannel::wait(short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd request{.fd = socket_.get(), .events = events, .revents = 0};
  const bool is_due = left.count() <= 0 || poll(&request, 1, static_cast<int>(left.count())) == 0;
  if (is_due) return Error{.host_errno = ETIMEDOUT, .message = "the back end does not answer"};
  return {}; // what is wrong, if anything, the next call says
}

} // namespace volt::virtio
