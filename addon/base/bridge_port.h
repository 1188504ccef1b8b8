// Taps, and bridges of the calling thread's network namespace.
#pragma once

#include <cstdint>
#include <net/if.h>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace volt {

/// The argument of an ioctl on an interface.
[[nodiscard]] ifreq interface_request(std::string_view interface);

/// Sets IFF_UP. `socket` is of any kind of network.
[[nodiscard]] Result<void> bring_interface_up(int socket, std::string_view interface);

/// Makes an open /dev/net/tun a queue of a tap (IFF_TAP, IFF_NO_PI, IFF_VNET_HDR), and returns the tap's name. `name`
/// is that of one that is there, or of one to be made, which the kernel numbers (`tap%d`) and which is gone with its
/// last queue.
[[nodiscard]] Result<std::string> attach_queue(int tun, std::string_view name, bool is_one_of_several);

/// Puts a tap on a bridge, up. A bridge that nobody gave an MTU has the smallest of its ports'. Returns the tap's
/// number.
[[nodiscard]] Result<int> plug_into_bridge(std::string_view bridge, const std::string& tap, std::uint32_t mtu);

} // namespace volt
