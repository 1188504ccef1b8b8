// Inboxes, and what one end does to the other.
#include "host/host_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace volt::test {

namespace {

constexpr unsigned both_ways = 3;
constexpr std::size_t maximum_message_bytes = 1 << 20;

} // namespace

HostSocket::~HostSocket() {
  const auto peer = peer_.lock();
  if (!peer) return;
  if (!inbox_.empty()) peer->error_ = ECONNRESET;
  peer->close_ways(both_ways);
}

void HostSocket::join(const std::shared_ptr<HostSocket>& one, const std::shared_ptr<HostSocket>& other) {
  one->peer_ = other;
  other->peer_ = one;
  one->is_connected_ = other->is_connected_ = true;
}

void HostSocket::close_ways(unsigned directions) {
  shut_ |= directions;
  edge();
}

std::uint32_t HostSocket::ready() const {
  std::uint32_t events = 0;
  if (is_listening_) {
    if (!clients_.empty()) events |= EPOLLIN;
    if (reads_no_more()) events |= EPOLLIN | EPOLLRDHUP;
    if (shut_ == both_ways) events |= EPOLLHUP;
    return events;
  }
  if (error_ != 0) events |= EPOLLERR;
  if (!inbox_.empty()) events |= EPOLLIN;
  if (reads_no_more()) events |= EPOLLIN | EPOLLRDHUP;
  if (shut_ == both_ways || !is_connected_) events |= EPOLLHUP;
  const auto peer = peer_.lock();
  if (!peer || peer->waiting_bytes_ < room_bytes) events |= EPOLLOUT;
  return events;
}

int HostSocket::control(unsigned long request, void* argument) {
  if (request != FIONREAD) return -ENOTTY;
  *static_cast<int*>(argument) = static_cast<int>(waiting_bytes_);
  return 0;
}

ssize_t HostSocket::receive(std::span<const iovec> to, int flags, Rights* rights) {
  if (inbox_.empty()) {
    if (error_ != 0) return -std::exchange(error_, 0);
    return reads_no_more() ? 0 : -EAGAIN;
  }
  Message& first = inbox_.front();
  if (rights != nullptr) *rights = std::exchange(first.rights, {});
  if (type_ != SOCK_STREAM) {
    const std::size_t count = scatter(first.bytes, to);
    if ((flags & MSG_PEEK) == 0) consume(first.bytes.size());
    return static_cast<ssize_t>(count);
  }
  std::vector<std::uint8_t> bytes;
  const std::size_t wanted = size_of(to);
  std::size_t skipped = first_taken_;
  for (const Message& message : inbox_) {
    if (bytes.size() == wanted) break;
    const auto rest = std::span(message.bytes).subspan(skipped);
    skipped = 0;
    const auto part = rest.first(std::min(rest.size(), wanted - bytes.size()));
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  const std::size_t count = scatter(bytes, to);
  if ((flags & MSG_PEEK) == 0) consume(count);
  return static_cast<ssize_t>(count);
}

void HostSocket::consume(std::size_t size_bytes) {
  waiting_bytes_ -= size_bytes;
  do {
    const std::size_t count = std::min(size_bytes, inbox_.front().bytes.size() - first_taken_);
    first_taken_ += count;
    size_bytes -= count;
    if (first_taken_ < inbox_.front().bytes.size()) break;
    inbox_.pop_front();
    first_taken_ = 0;
  } while (size_bytes > 0);
  if (const auto peer = peer_.lock()) peer->edge();
}

ssize_t HostSocket::send(std::span<const iovec> from, Rights rights) {
  if (writes_no_more()) return -EPIPE;
  const auto peer = peer_.lock();
  if (!peer) return -ENOTCONN;
  const std::size_t room = room_bytes - std::min(room_bytes, peer->waiting_bytes_);
  if (room == 0) return -EAGAIN;
  const std::size_t maximum = type_ == SOCK_STREAM ? room : maximum_message_bytes;
  if (type_ != SOCK_STREAM && size_of(from) > maximum) return -EMSGSIZE;
  Message message{gather(from, maximum), std::move(rights)};
  const std::size_t count = message.bytes.size();
  if (count == 0 && type_ == SOCK_STREAM) return 0;
  peer->waiting_bytes_ += count;
  peer->inbox_.push_back(std::move(message));
  peer->edge();
  return static_cast<ssize_t>(count);
}

int HostSocket::shut(int how) {
  const unsigned ways = static_cast<unsigned>(how) + 1; // SHUT_RD, SHUT_WR, SHUT_RDWR
  if (!is_listening_ && !is_connected_) return -ENOTCONN;
  close_ways(ways);
  if (const auto peer = peer_.lock()) peer->close_ways(((ways & 1U) << 1) | (ways >> 1));
  return 0;
}

int HostSocket::listen() {
  is_listening_ = true;
  return 0;
}

int HostSocket::connect(HostSocket& listener, const std::shared_ptr<HostSocket>& self) {
  if (!listener.is_listening_ || listener.reads_no_more()) return -ECONNREFUSED;
  auto client = std::make_shared<HostSocket>(SOCK_STREAM);
  join(self, client);
  listener.clients_.push_back(std::move(client));
  listener.edge();
  return 0;
}

std::shared_ptr<HostSocket> HostSocket::accept() {
  if (clients_.empty()) return nullptr;
  auto client = std::move(clients_.front());
  clients_.pop_front();
  return client;
}

HostTap::HostTap() : HostSocket(SOCK_SEQPACKET) {}

int HostTap::control(unsigned long request, void* argument) {
  switch (request) {
  case TUNGETIFF: {
    ifreq& interface = *static_cast<ifreq*>(argument);
    std::strncpy(interface.ifr_name, "fuzz0", IFNAMSIZ);
    interface.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
    return 0;
  }
  case TUNSETQUEUE:
  case TUNSETVNETHDRSZ:
  case TUNSETOFFLOAD:
    return 0;
  default:
    return HostSocket::control(request, argument);
  }
}

} // namespace volt::test
