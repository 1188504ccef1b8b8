// Counters by name.
#include "engine/device_status.h"

#include <algorithm>
#include <array>
#include <linux/virtio_ids.h>

#include "devices/virtio/balloon_device.h"
#include "devices/virtio/console_device.h"
#include "devices/virtio/page_release.h"
#include "engine/model_counters.h"

namespace volt {

namespace {

std::string_view type_of(const virtio::VirtioDevice& device) {
  switch (device.type()) {
  case VIRTIO_ID_BALLOON:
    return "virtio-balloon";
  case VIRTIO_ID_BLOCK:
    return "virtio-block";
  case VIRTIO_ID_CONSOLE:
    return "virtio-console";
  case VIRTIO_ID_FS:
    return "virtio-fs";
  case VIRTIO_ID_NET:
    return "virtio-net";
  case VIRTIO_ID_RNG:
    return "virtio-rng";
  case VIRTIO_ID_VSOCK:
    return "virtio-vsock";
  default:
    return "virtio";
  }
}

struct Statistic {
  std::uint16_t tag;
  std::string_view name;
};

constexpr std::array statistics{
    Statistic{VIRTIO_BALLOON_S_MEMFREE, "free"},       Statistic{VIRTIO_BALLOON_S_MEMTOT, "total"},
    Statistic{VIRTIO_BALLOON_S_AVAIL, "available"},    Statistic{VIRTIO_BALLOON_S_CACHES, "diskCaches"},
    Statistic{VIRTIO_BALLOON_S_SWAP_IN, "swapIn"},     Statistic{VIRTIO_BALLOON_S_SWAP_OUT, "swapOut"},
    Statistic{VIRTIO_BALLOON_S_MAJFLT, "majorFaults"}, Statistic{VIRTIO_BALLOON_S_MINFLT, "minorFaults"},
};

BalloonStatus status_of_balloon(const virtio::BalloonDevice& balloon, std::uint64_t memory_bytes) {
  const auto kept = [&](std::uint32_t pages) {
    return memory_bytes - std::min<std::uint64_t>(memory_bytes, pages * virtio::page_bytes);
  };
  const virtio::BalloonCounters& counters = balloon.balloon_counters();
  BalloonStatus status{.target_bytes = kept(balloon.state().target_pages),
                       .actual_bytes = kept(balloon.actual_pages()),
                       .inflated_bytes = counters.inflated_pages * virtio::page_bytes,
                       .reported_bytes = counters.reported_pages * virtio::page_bytes,
                       .statistics = {}};
  for (const auto& [tag, name] : statistics) {
    if (const auto value = balloon.statistics().value(tag)) status.statistics[name] = *value;
  }
  return status;
}

} // namespace

DeviceStatus status_of(const std::string& id, virtio::VirtioDevice& device, std::uint64_t memory_bytes) {
  const virtio::DeviceCounters& counters = device.counters();
  DeviceStatus status{.id = id,
                      .type = type_of(device),
                      .counters = {{"notifications", counters.notifications},
                                   {"interrupts", counters.interrupts},
                                   {"requests", counters.requests},
                                   {"bytesToGuest", counters.bytes_to_guest},
                                   {"bytesFromGuest", counters.bytes_from_guest},
                                   {"errors", counters.errors},
                                   {"throttled", counters.throttled},
                                   {"faults", counters.faults}}};
  add_model_counters(device, status.counters);
  if (const auto* balloon = dynamic_cast<const virtio::BalloonDevice*>(&device))
    status.balloon = status_of_balloon(*balloon, memory_bytes);
  if (const auto* console = dynamic_cast<const virtio::ConsoleDevice*>(&device)) status.console = console->state().size;
  return status;
}

} // namespace volt
