#include "support/vhost_user_daemon.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace volt::test {

using namespace virtio;
using enum VhostUserRequest;

namespace {

// Version 1, indirect descriptors, event indices, protocol features; and one that only the back end has.
constexpr std::uint64_t offered = std::uint64_t{1} << 32 | 1U << 28 | 1U << 29 | 1U << 30 | 1U << 24;

template <typename Structure>
Structure read_as(const Bytes& bytes) {
  Structure structure{};
  if (bytes.size() < sizeof structure) std::abort();
  std::memcpy(&structure, bytes.data(), sizeof structure);
  return structure;
}

FileDescriptor must(Result<FileDescriptor> made) {
  if (!made.ok()) std::abort();
  return std::move(made).value();
}

} // namespace

Bytes bytes_of_number(std::uint64_t number) {
  Bytes bytes(sizeof number);
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

Bytes vhost_user_answer(VhostUserRequest request, const Bytes& payload) {
  const VhostUserHeader header{static_cast<std::uint32_t>(request), vhost_user_version | vhost_user_reply,
                               static_cast<std::uint32_t>(payload.size())};
  Bytes bytes(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

VhostUserDaemon::VhostUserDaemon(FileDescriptor socket, Override override)
    : socket_(std::move(socket)), quit_(must(FileDescriptor::event_counter())), override_(std::move(override)),
      thread_([this] { run(); }) {}

VhostUserDaemon::~VhostUserDaemon() {
  hang_up();
}

void VhostUserDaemon::hang_up() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  static_cast<void>(write(quit_.get(), &one, sizeof one));
  thread_.join();
  socket_ = FileDescriptor();
}

void VhostUserDaemon::blurt(const Bytes& bytes) const {
  if (send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) std::abort();
}

std::vector<VhostUserRequest> VhostUserDaemon::requests() const {
  const std::lock_guard lock(mutex_);
  std::vector<VhostUserRequest> requests;
  for (const auto& [request, payload] : seen_)
    requests.push_back(request);
  return requests;
}

std::size_t VhostUserDaemon::count(VhostUserRequest request) const {
  return static_cast<std::size_t>(std::ranges::count(requests(), request));
}

Bytes VhostUserDaemon::payload(VhostUserRequest request) const {
  const std::lock_guard lock(mutex_);
  Bytes last;
  for (const auto& [other, payload] : seen_) {
    if (other == request) last = payload;
  }
  return last;
}

void VhostUserDaemon::run() {
  for (;;) {
    std::vector<pollfd> requests{{quit_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
    std::vector<Ring*> rings;
    for (auto& [index, ring] : rings_) {
      if (!ring.kick.valid()) continue;
      requests.push_back({ring.kick.get(), POLLIN, 0});
      rings.push_back(&ring);
    }
    poll(requests.data(), requests.size(), -1);
    if (requests[0].revents != 0) return;
    for (std::size_t index = 0; index < rings.size(); ++index) {
      if (requests[2 + index].revents != 0) serve(*rings[index]);
    }
    if (requests[1].revents == 0) continue;
    auto message = receive();
    if (!message) return;
    handle(*std::move(message));
  }
}

std::optional<VhostUserMessage> VhostUserDaemon::receive() const {
  VhostUserHeader header{};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(8 * sizeof(int))> room{};
  iovec piece{&header, sizeof header};
  msghdr arrival{};
  arrival.msg_iov = &piece;
  arrival.msg_iovlen = 1;
  arrival.msg_control = room.data();
  arrival.msg_controllen = room.size();
  if (recvmsg(socket_.get(), &arrival, MSG_CMSG_CLOEXEC) != sizeof header) return std::nullopt;
  VhostUserMessage message{.request = VhostUserRequest{header.request},
                           .flags = header.flags,
                           .payload = Bytes(header.size),
                           .descriptors = {}};
  if (const cmsghdr* const attached = CMSG_FIRSTHDR(&arrival)) {
    std::array<int, 8> numbers{};
    const std::size_t bytes = attached->cmsg_len - CMSG_LEN(0);
    std::memcpy(numbers.data(), CMSG_DATA(attached), bytes);
    for (std::size_t index = 0; index < bytes / sizeof(int); ++index)
      message.descriptors.emplace_back(numbers[index]);
  }
  const auto size = static_cast<ssize_t>(message.payload.size());
  if (size > 0 && recv(socket_.get(), message.payload.data(), message.payload.size(), MSG_WAITALL) != size)
    return std::nullopt;
  return message;
}

void VhostUserDaemon::handle(VhostUserMessage message) {
  {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(message.request, message.payload);
  }
  auto answer = override_ ? override_(message) : std::nullopt;
  const auto own_ring = [&]() -> Ring& { return rings_[read_as<std::uint32_t>(message.payload)]; };
  Bytes payload = (message.flags & vhost_user_need_reply) != 0 ? bytes_of_number(0) : Bytes();
  switch (message.request) {
  case GET_FEATURES:
    payload = bytes_of_number(offered);
    break;
  case GET_PROTOCOL_FEATURES:
    payload = bytes_of_number(UINT64_MAX);
    break;
  case SET_MEM_TABLE:
    map_memory(message);
    break;
  case SET_VRING_NUM:
    own_ring().size = read_as<VhostUserRingState>(message.payload).num;
    break;
  case SET_VRING_BASE:
    own_ring().next = static_cast<std::uint16_t>(read_as<VhostUserRingState>(message.payload).num);
    break;
  case SET_VRING_ADDR:
    own_ring().addresses = read_as<VhostUserRingAddresses>(message.payload);
    break;
  case SET_VRING_CALL:
    own_ring().call = std::move(message.descriptors.at(0));
    break;
  case SET_VRING_KICK:
    own_ring().kick = std::move(message.descriptors.at(0));
    break;
  case GET_VRING_BASE: {
    const VhostUserRingState state{read_as<std::uint32_t>(message.payload), own_ring().next};
    own_ring() = Ring();
    payload.resize(sizeof state);
    std::memcpy(payload.data(), &state, sizeof state);
    break;
  }
  default:
    break;
  }
  if (!answer && !payload.empty()) answer = vhost_user_answer(message.request, payload);
  if (answer) static_cast<void>(send(socket_.get(), answer->data(), answer->size(), MSG_NOSIGNAL));
}

void VhostUserDaemon::map_memory(VhostUserMessage& message) {
  regions_.clear();
  const auto count = read_as<std::uint32_t>(message.payload);
  for (std::uint32_t index = 0; index < count; ++index) {
    VhostUserMemoryRegion place{};
    std::memcpy(&place, message.payload.data() + offsetof(VhostUserMemoryTable, regions) + index * sizeof place,
                sizeof place);
    auto mapping = Mapping::shared(message.descriptors.at(index).get(), place.memory_size, "memory");
    if (!mapping.ok()) std::abort();
    regions_.push_back({place, std::move(mapping).value()});
  }
}

std::uint8_t* VhostUserDaemon::at(std::uint64_t address) {
  for (Region& region : regions_) {
    const std::uint64_t offset = address - region.place.userspace_addr;
    if (offset < region.place.memory_size) return region.mapping.bytes().data() + offset;
  }
  std::abort();
}

// Every chain comes back at once, with 8 bytes written.
void VhostUserDaemon::serve(Ring& ring) {
  std::uint64_t kicks = 0;
  static_cast<void>(read(ring.kick.get(), &kicks, sizeof kicks));
  kicks_ += kicks;
  // SAFETY: a ring's index, which is aligned.
  std::uint8_t* const available = at(ring.addresses.available);
  std::uint8_t* const used = at(ring.addresses.used);
  const std::atomic_ref last(*reinterpret_cast<std::uint16_t*>(available + 2));
  const std::atomic_ref returned(*reinterpret_cast<std::uint16_t*>(used + 2));
  const std::uint16_t before = ring.next;
  for (; ring.next != last.load(); ++ring.next) {
    std::uint16_t head = 0;
    std::memcpy(&head, available + 4 + ring.next % ring.size * 2, sizeof head);
    const std::array<std::uint32_t, 2> element{head, 8};
    std::memcpy(used + 4 + ring.next % ring.size * sizeof element, element.data(), sizeof element);
    returned.store(static_cast<std::uint16_t>(ring.next + 1));
    ++served_;
  }
  if (ring.next == before) return;
  const std::uint64_t one = 1;
  static_cast<void>(write(ring.call.get(), &one, sizeof one));
}

} // namespace volt::test
