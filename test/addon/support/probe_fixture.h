// A probe device behind its registers, with its driver.
#pragma once

#include <doctest/doctest.h>

#include "support/probe_device.h"
#include "support/virtio_driver.h"

namespace volt::test {

struct ProbeFixture {
  ProbeDevice& device() { return static_cast<ProbeDevice&>(bench.device()); }

  VirtioBench bench{[](virtio::EventLoop&) { return std::make_unique<ProbeDevice>(); }, 64};
  VirtioDriver driver{bench};
};

/// A running probe device with its driver.
struct RunningProbe {
  explicit RunningProbe(std::uint64_t features = version_1 | indirect_descriptors, std::uint16_t size = 16) {
    REQUIRE(driver.start(ProbeDevice::queues, features, size));
  }

  ProbeDevice& device() { return static_cast<ProbeDevice&>(bench.device()); }

  VirtioBench bench{[](virtio::EventLoop&) { return std::make_unique<ProbeDevice>(); }};
  VirtioDriver driver{bench};
};

} // namespace volt::test
