// ioctls of Documentation/networking/tuntap.rst and netdevice(7).
#include "base/bridge_port.h"

#include <cerrno>
#include <cstring>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace volt {

ifreq interface_request(std::string_view interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

Result<void> bring_interface_up(int socket, std::string_view interface) {
  const std::string attempted = "bring the interface " + std::string(interface) + " up";
  ifreq request = interface_request(interface);
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) return host_error(errno, attempted);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(socket, SIOCSIFFLAGS, &request) != 0) return host_error(errno, attempted);
  return {};
}

Result<std::string> attach_queue(int tun, std::string_view name, bool is_one_of_several) {
  ifreq request = interface_request(name);
  request.ifr_flags =
      static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (is_one_of_several ? IFF_MULTI_QUEUE : 0));
  if (ioctl(tun, TUNSETIFF, &request) != 0) return host_error(errno, "attach to the interface " + std::string(name));
  return std::string(request.ifr_name, strnlen(request.ifr_name, IFNAMSIZ));
}

Result<int> plug_into_bridge(std::string_view bridge, const std::string& tap, std::uint32_t mtu) {
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any.valid()) return host_error(errno, "create a socket");
  ifreq request = interface_request(tap);
  request.ifr_mtu = static_cast<int>(mtu);
  if (ioctl(any.get(), SIOCSIFMTU, &request) != 0)
    return host_error(errno, "give a tap an MTU of " + std::to_string(mtu));
  const int number = static_cast<int>(if_nametoindex(tap.c_str()));
  request = interface_request(bridge);
  request.ifr_ifindex = number;
  if (ioctl(any.get(), SIOCBRADDIF, &request) != 0)
    return host_error(errno, "put a tap on the bridge " + std::string(bridge));
  TRY(bring_interface_up(any.get(), tap));
  return number;
}

} // namespace volt
