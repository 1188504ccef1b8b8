// Frames and connections.
#include "engine/model_counters.h"

#include <array>

#include "devices/virtio/net_device.h"
#include "devices/virtio/vsock/vsock_device.h"

namespace volt {

namespace {

using virtio::NetDrop;

struct DropName {
  NetDrop reason;
  std::string_view name;
};

constexpr std::array drop_names{
    DropName{NetDrop::malformed, "droppedMalformed"},  DropName{NetDrop::too_long, "droppedTooLong"},
    DropName{NetDrop::bad_header, "droppedBadHeader"}, DropName{NetDrop::spoofed, "droppedSpoofed"},
    DropName{NetDrop::no_link, "droppedNoLink"},       DropName{NetDrop::refused, "droppedRefused"},
    DropName{NetDrop::no_room, "droppedNoRoom"},       DropName{NetDrop::unsuitable, "droppedUnsuitable"},
};
static_assert(drop_names.size() == virtio::net_drop_reasons);

} // namespace

void add_model_counters(virtio::VirtioDevice& device, std::map<std::string_view, std::uint64_t>& counters) {
  if (auto* net = dynamic_cast<virtio::NetDevice*>(&device)) {
    virtio::NetCounters& own = net->net_counters();
    counters["framesToGuest"] = own.frames_to_guest;
    counters["framesFromGuest"] = own.frames_from_guest;
    for (const auto& [reason, name] : drop_names)
      counters[name] = own.of(reason);
  } else if (const auto* vsock = dynamic_cast<const virtio::VsockDevice*>(&device)) {
    const virtio::VsockCounters& own = vsock->vsock_counters();
    counters["connections"] = own.connections;
    counters["connectionsFromGuest"] = own.from_guest;
    counters["connectionsFromHost"] = own.from_host;
    counters["connectionsRefused"] = own.refused;
    counters["connectionTimeouts"] = own.timeouts;
    counters["violations"] = own.violations;
    counters["lostBytes"] = own.lost_bytes;
  }
}

} // namespace volt
