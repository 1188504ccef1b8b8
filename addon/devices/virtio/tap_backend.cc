// ioctls of a tap interface (Documentation/networking/tuntap.rst).
#include "devices/virtio/tap_backend.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <optional>
#include <sys/ioctl.h>

#include "base/fault.h"
#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

// Of <linux/if_tun.h> since Linux 6.2.
constexpr unsigned tun_f_uso4 = 0x20;
constexpr unsigned tun_f_uso6 = 0x40;

template <typename Argument>
Result<void> control(int descriptor, unsigned long request, Argument argument, std::string_view attempted) {
  const int result = fault::strikes() ? (errno = ENOMEM, -1) : ioctl(descriptor, request, argument);
  if (result < 0) return host_error(errno, attempted);
  return {};
}

Error unsuitable(std::string message, std::string hint) {
  return {.host_errno = EINVAL, .message = std::move(message), .hint = std::move(hint)};
}

Result<ifreq> interface_of(int descriptor) {
  ifreq interface {};
  // A machine before this one may have left the queue detached; on any other it fails, and does nothing.
  interface.ifr_flags = IFF_ATTACH_QUEUE;
  static_cast<void>(ioctl(descriptor, TUNSETQUEUE, &interface));
  interface = {};
  auto found = control(descriptor, TUNGETIFF, &interface,
                       "use descriptor " + std::to_string(descriptor) + " as a tap interface");
  if (!found.ok()) {
    Error error = std::move(found).error();
    error.hint = "hand over a descriptor of /dev/net/tun that is attached to an interface (TUNSETIFF)";
    return error;
  }
  return interface;
}

/// What is wrong with the interface's flags; nothing where they will do.
std::optional<Error> problem_of(const ifreq& interface, bool has_several_queues) {
  const std::string name = "the interface " + std::string(interface.ifr_name, strnlen(interface.ifr_name, IFNAMSIZ));
  // Unsigned first: the flags use all bits of a short.
  const unsigned flags = static_cast<unsigned short>(interface.ifr_flags);
  if ((flags & IFF_TAP) == 0) return unsuitable(name + " is no tap", "make it with IFF_TAP, not IFF_TUN");
  if ((flags & IFF_VNET_HDR) == 0) return unsuitable(name + " has no virtio header", "add IFF_VNET_HDR");
  if (has_several_queues && (flags & IFF_MULTI_QUEUE) == 0)
    return unsuitable(name + " has a single queue", "add IFF_MULTI_QUEUE, or ask for one queue");
  return std::nullopt;
}

unsigned tun_flags(std::uint64_t offloads) {
  if (!has_feature(offloads, VIRTIO_NET_F_GUEST_CSUM)) return 0; // the others need it
  unsigned flags = TUN_F_CSUM;
  if (has_feature(offloads, VIRTIO_NET_F_GUEST_TSO4)) flags |= TUN_F_TSO4;
  if (has_feature(offloads, VIRTIO_NET_F_GUEST_TSO6)) flags |= TUN_F_TSO6;
  // The kernel takes both or none.
  if (has_feature(offloads, VIRTIO_NET_F_GUEST_USO4) && has_feature(offloads, VIRTIO_NET_F_GUEST_USO6))
    flags |= tun_f_uso4 | tun_f_uso6;
  return flags;
}

/// What the kernel's tap can do. From the guest it takes all that it gives.
std::uint64_t supported_offloads(int descriptor) {
  constexpr std::uint64_t tso = net_feature(VIRTIO_NET_F_GUEST_CSUM) | net_feature(VIRTIO_NET_F_GUEST_TSO4) |
                                net_feature(VIRTIO_NET_F_GUEST_TSO6);
  constexpr std::uint64_t host_tso =
      net_feature(VIRTIO_NET_F_CSUM) | net_feature(VIRTIO_NET_F_HOST_TSO4) | net_feature(VIRTIO_NET_F_HOST_TSO6);
  if (ioctl(descriptor, TUNSETOFFLOAD, tun_flags(guest_offloads)) == 0) return guest_offloads | host_offloads;
  return ioctl(descriptor, TUNSETOFFLOAD, tun_flags(tso)) == 0 ? tso | host_tso : 0;
}

} // namespace

Result<std::unique_ptr<TapBackend>> TapBackend::create(std::vector<FileDescriptor> queues) {
  std::unique_ptr<TapBackend> backend(new TapBackend);
  std::string name;
  for (FileDescriptor& queue : queues) {
    const ifreq interface = TRY(interface_of(queue.get()));
    if (auto problem = problem_of(interface, queues.size() > 1)) return *std::move(problem);
    if (name.empty()) name = std::string(interface.ifr_name, strnlen(interface.ifr_name, IFNAMSIZ));
    if (strncmp(name.c_str(), interface.ifr_name, IFNAMSIZ) != 0)
      return unsuitable("the queues are of different interfaces", "hand over queues of " + name + " only");
    const int flags = fcntl(queue.get(), F_GETFL);
    if (flags < 0 || fcntl(queue.get(), F_SETFL, flags | O_NONBLOCK) < 0)
      return host_error(errno, "make the tap interface non-blocking");
    const int header_bytes = sizeof(virtio_net_hdr_v1);
    TRY(control(queue.get(), TUNSETVNETHDRSZ, &header_bytes, "set the tap interface's header"));
    backend->ports_.push_back(std::make_unique<TapPort>(std::move(queue)));
  }
  backend->attached_ = backend->port_count();
  backend->offloads_ = supported_offloads(backend->ports_.front()->descriptor());
  TRY(backend->use_guest_offloads(0));
  TRY(backend->use_ports(1));
  return backend;
}

// Each change takes a lock that all of the host's networks share: a driver that asks again for what is so costs
// nothing.
Result<void> TapBackend::use_guest_offloads(std::uint64_t offloads) {
  const unsigned flags = tun_flags(offloads);
  if (used_flags_ == flags) return {};
  TRY(control(ports_.front()->descriptor(), TUNSETOFFLOAD, flags, "set the tap interface's offloads"));
  used_flags_ = flags;
  return {};
}

Result<void> TapBackend::use_ports(std::uint16_t count) {
  while (attached_ != count) {
    const bool attaches = attached_ < count;
    ifreq request{};
    request.ifr_flags = attaches ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
    const std::uint16_t index = attaches ? attached_ : static_cast<std::uint16_t>(attached_ - 1);
    TRY(control(ports_[index]->descriptor(), TUNSETQUEUE, &request, "change the tap interface's queues"));
    attached_ = attaches ? static_cast<std::uint16_t>(attached_ + 1) : index;
  }
  return {};
}

} // namespace volt::virtio
