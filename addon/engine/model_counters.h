// What a kind of device counts beyond what all do.
#pragma once

#include <map>
#include <string_view>

#include "devices/virtio/virtio_device.h"

namespace volt {

/// Adds them by their names; nothing for kinds that count no more. On the device's loop.
void add_model_counters(virtio::VirtioDevice& device, std::map<std::string_view, std::uint64_t>& counters);

} // namespace volt
