#include "support/tap_interface.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

namespace volt::test {

namespace {

constexpr const char* interface_name = "volt-test";

void must(bool succeeded) {
  if (!succeeded) std::abort();
}

/// Runs `task` on a thread in a network namespace of its own, which lives as long as descriptors made there.
template <typename Task>
bool in_new_namespace(const Task& task) {
  bool entered = false;
  std::thread([&] {
    entered = unshare(CLONE_NEWNET) == 0;
    if (entered) task();
  }).join();
  return entered;
}

FileDescriptor open_queue(int flags) {
  FileDescriptor queue(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request{};
  std::strncpy(request.ifr_name, interface_name, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(flags);
  return queue.valid() && ioctl(queue.get(), TUNSETIFF, &request) == 0 ? std::move(queue) : FileDescriptor();
}

void set_up(int any_socket, bool is_up) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface_name, IFNAMSIZ - 1);
  must(ioctl(any_socket, SIOCGIFFLAGS, &request) == 0);
  const int others = request.ifr_flags & ~IFF_UP;
  request.ifr_flags = static_cast<short>(is_up ? others | IFF_UP : others);
  must(ioctl(any_socket, SIOCSIFFLAGS, &request) == 0);
}

/// IPv6 would send frames by itself.
void leave_out_ipv6() {
  const FileDescriptor setting(open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC));
  must(!setting.valid() || write(setting.get(), "1", 1) == 1);
}

FileDescriptor open_packet_socket(int index) {
  FileDescriptor packets(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  const int on = 1;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  must(setsockopt(packets.get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0 &&
       setsockopt(packets.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
       // SAFETY: the sockets interface takes every address as a sockaddr.
       bind(packets.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return packets;
}

} // namespace

bool can_make_taps() {
  bool made = false;
  return in_new_namespace([&] { made = open_queue(usual_tap_flags).valid(); }) && made;
}

TapInterface::TapInterface(int flags, unsigned queues) {
  must(in_new_namespace([&] {
    for (unsigned count = 0; count < queues; ++count) {
      queues_.push_back(open_queue(flags));
      must(queues_.back().valid());
    }
    index_ = static_cast<int>(if_nametoindex(interface_name));
    routing_ = FileDescriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    leave_out_ipv6();
    set_up(routing_.get(), true);
    packets_ = open_packet_socket(index_); // which would note that the interface was down
  }));
}

TapInterface::~TapInterface() = default;

std::vector<FileDescriptor> TapInterface::queues() const {
  std::vector<FileDescriptor> copies;
  for (const FileDescriptor& queue : queues_) {
    auto copy = FileDescriptor::duplicate(queue.get());
    must(copy.ok());
    copies.push_back(std::move(copy).value());
  }
  return copies;
}

void TapInterface::take_down() {
  set_up(routing_.get(), false);
}

void TapInterface::remove() {
  struct {
    nlmsghdr header;
    ifinfomsg interface;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_DELLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.interface.ifi_index = index_;
  must(send(routing_.get(), &request, sizeof request, 0) == sizeof request);
  char answer[1024]{};
  must(recv(routing_.get(), answer, sizeof answer, 0) > 0);
}

} // namespace volt::test
