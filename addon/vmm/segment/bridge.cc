// ioctls of interfaces (netdevice(7)), of bridges and of taps (Documentation/networking/tuntap.rst).
#include "vmm/segment/bridge.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bridge_port.h"
#include "vmm/segment/namespace_settings.h"
#include "vmm/segment/network_namespace.h"

namespace volt {

namespace {

constexpr const char* tun_path = "/dev/net/tun";
/// The bridge's netmask: nobody is next to it whom no route leads to.
constexpr std::uint32_t no_neighbours = ~std::uint32_t{0};

Error with_namespace_hint(Error error) {
  if (error.host_errno == EPERM && error.hint.empty()) error.hint = namespace_hint(host_sysctls);
  return error;
}

template <typename Argument>
Result<void> control(int descriptor, unsigned long request, Argument argument, const std::string& attempted) {
  if (ioctl(descriptor, request, argument) == 0) return {};
  return with_namespace_hint(host_error(errno, attempted));
}

Result<void> bring_up(int socket, std::string_view interface) {
  auto done = bring_interface_up(socket, interface);
  if (!done.ok()) return with_namespace_hint(std::move(done).error());
  return done;
}

sockaddr socket_address(std::uint32_t address) {
  sockaddr_in internet{};
  internet.sin_family = AF_INET;
  internet.sin_addr.s_addr = htonl(address);
  sockaddr generic{};
  std::memcpy(&generic, &internet, sizeof generic);
  return generic;
}

/// One that no tap's coming or going changes: by default a bridge has the lowest of its ports' addresses.
Result<void> set_mac(int socket, std::uint32_t address) {
  ifreq request = interface_request(Bridge::name);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  const std::uint32_t wire = htonl(address);
  request.ifr_hwaddr.sa_data[0] = 0x02; // locally administered
  std::memcpy(request.ifr_hwaddr.sa_data + 2, &wire, sizeof wire);
  return control(socket, SIOCSIFHWADDR, &request, "set the bridge's hardware address");
}

/// What dnsmasq sends leaves with its checksum in place: DHCP clients that read packets look at it.
Result<void> fill_checksums(int socket) {
  ethtool_value value{.cmd = ETHTOOL_STXCSUM, .data = 0};
  ifreq request = interface_request(Bridge::name);
  // SAFETY: the ioctl takes its argument as a char pointer.
  request.ifr_data = reinterpret_cast<char*>(&value);
  return control(socket, SIOCETHTOOL, &request, "set the bridge's offloads");
}

/// To one address, which is on the bridge.
Result<void> change_route(int socket, unsigned long request, std::uint32_t address, const std::string& attempted) {
  std::array<char, IFNAMSIZ> device{};
  std::string_view(Bridge::name).copy(device.data(), IFNAMSIZ - 1);
  rtentry route{};
  route.rt_dst = socket_address(address);
  route.rt_flags = RTF_UP | RTF_HOST;
  route.rt_dev = device.data();
  return control(socket, request, &route, attempted);
}

Result<FileDescriptor> watch_interfaces() {
  FileDescriptor changes(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (!changes.valid() || bind(changes.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return host_error(errno, "watch the network interfaces");
  return changes;
}

Result<FileDescriptor> open_tun() {
  FileDescriptor tun(open(tun_path, O_RDWR | O_CLOEXEC));
  if (tun.valid()) return tun;
  Error error = host_error(errno, std::string("open ") + tun_path);
  error.hint = errno == EACCES || errno == EPERM
                   ? std::string("this user may not open it: `ls -l ") + tun_path + "` shows who may"
                   : "load the module (`modprobe tun`); in a container, pass the device";
  return error;
}

} // namespace

Result<Bridge> Bridge::create(const Subnet& subnet) {
  FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any.valid()) return host_error(errno, "create a socket");
  TRY(restrict_namespace());
  TRY(bring_up(any.get(), "lo"));
  auto made = control(any.get(), SIOCBRADDBR, name, "make a bridge");
  if (!made.ok()) {
    Error error = std::move(made).error();
    if (error.host_errno == ENOPKG || error.host_errno == ENOTTY) error.hint = "load the module (`modprobe bridge`)";
    return error;
  }
  TRY(set_mac(any.get(), subnet.bridge));
  TRY(fill_checksums(any.get()));
  ifreq request = interface_request(name);
  request.ifr_addr = socket_address(subnet.bridge);
  TRY(control(any.get(), SIOCSIFADDR, &request, "set the bridge's address"));
  request.ifr_netmask = socket_address(no_neighbours);
  TRY(control(any.get(), SIOCSIFNETMASK, &request, "set the bridge's netmask"));
  request.ifr_broadaddr = socket_address(subnet.broadcast());
  TRY(control(any.get(), SIOCSIFBRDADDR, &request, "set the bridge's broadcast address"));
  TRY(bring_up(any.get(), name));
  FileDescriptor changes = TRY(watch_interfaces());
  return Bridge(std::move(any), std::move(changes));
}

Result<Bridge::Tap> Bridge::add_tap(std::uint16_t queues, std::uint32_t mtu) const {
  auto made = make_tap(queues, mtu);
  if (!made.ok()) return with_namespace_hint(std::move(made).error());
  return made;
}

Result<Bridge::Tap> Bridge::make_tap(std::uint16_t queues, std::uint32_t mtu) const {
  Tap tap;
  std::string interface = "tap%d"; // the first queue's answer has the number
  while (tap.queues.size() < queues) {
    FileDescriptor queue = TRY(open_tun());
    interface = TRY(attach_queue(queue.get(), interface, queues > 1));
    tap.queues.push_back(std::move(queue));
  }
  tap.interface = TRY(plug_into_bridge(name, interface, mtu));
  return tap;
}

Result<void> Bridge::add_host(std::uint32_t address) const {
  return change_route(control_.get(), SIOCADDRT, address, "add the route to " + format_ipv4(address));
}

void Bridge::remove_host(std::uint32_t address) const {
  static_cast<void>(change_route(control_.get(), SIOCDELRT, address, "remove a route"));
}

bool Bridge::has(int interface) const {
  ifreq request{};
  request.ifr_ifindex = interface;
  return ioctl(control_.get(), SIOCGIFNAME, &request) == 0;
}

void Bridge::take_changes() const {
  std::array<char, 4096> messages;
  // A queue that ran over (ENOBUFS) is a change too.
  while (recv(changes_.get(), messages.data(), messages.size(), 0) > 0 || errno == ENOBUFS || errno == EINTR) {
  }
}

} // namespace volt
