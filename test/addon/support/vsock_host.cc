#include "support/vsock_host.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>

namespace volt::test {

using virtio::ConnectAnswer;
using virtio::ConnectRequest;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

std::pair<FileDescriptor, FileDescriptor> make_pair(int type) {
  std::array<int, 2> ends{};
  must(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

FileDescriptor make_listener() {
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX; // and no more: the kernel chooses an abstract address
  must(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family) == 0);
  must(listen(listener.get(), 1024) == 0);
  return listener;
}

void send_answer(const FileDescriptor& broker, ConnectAnswer answer, int descriptor) {
  if (!broker.valid()) return;
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(int))]{};
  iovec vector{&answer, sizeof answer};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  must(sendmsg(broker.get(), &message, MSG_NOSIGNAL) == sizeof answer);
}

} // namespace

StreamPair::StreamPair() {
  std::tie(device, program) = make_pair(SOCK_STREAM);
}

VsockHost::VsockHost() : listener(make_listener()) {
  auto copy = FileDescriptor::duplicate(listener.get());
  must(copy.ok());
  listener_copy_ = std::move(copy).value();
  std::tie(connector, broker_) = make_pair(SOCK_SEQPACKET);
}

std::unique_ptr<virtio::VsockDevice> VsockHost::make_device(const virtio::VsockOptions& options,
                                                            virtio::EventLoop& loop) {
  auto made = virtio::VsockDevice::create(options, std::move(listener), std::move(connector), loop);
  must(made.ok());
  return std::move(made).value();
}

void VsockHost::shut_listener() const {
  must(shutdown(listener_copy_.get(), SHUT_RDWR) == 0);
}

FileDescriptor VsockHost::connect_program() const {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  must(getsockname(listener_copy_.get(), any, &size) == 0);
  FileDescriptor program(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(connect(program.get(), any, size) == 0);
  return program;
}

ConnectRequest VsockHost::take_request() const {
  ConnectRequest request;
  const ssize_t count = recv(broker_.get(), &request, sizeof request, MSG_DONTWAIT);
  return count == sizeof request ? request : ConnectRequest{};
}

void VsockHost::answer(std::uint32_t id, const FileDescriptor& stream) const {
  send_answer(broker_, {.id = id, .host_errno = 0}, stream.get());
}

void VsockHost::answer(std::uint32_t id, int host_errno) const {
  send_answer(broker_, {.id = id, .host_errno = host_errno}, -1);
}

std::string read_now(const FileDescriptor& stream, std::size_t maximum_bytes) {
  std::string text(maximum_bytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = recv(stream.get(), text.data() + size, text.size() - size, MSG_DONTWAIT);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

bool write_now(const FileDescriptor& stream, std::string_view text) {
  return send(stream.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(text.size());
}

bool is_at_end(const FileDescriptor& stream) {
  char byte = 0;
  return recv(stream.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

namespace {

std::size_t entries_of(const char* directory) {
  const std::filesystem::directory_iterator all(directory);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

std::size_t open_descriptors() {
  return entries_of("/proc/self/fd");
}

std::size_t running_threads() {
  return entries_of("/proc/self/task");
}

} // namespace volt::test
