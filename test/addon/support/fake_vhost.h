// Stands in for the kernel's vhost-net: keeps what it is told, and serves rings when the test says so.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "devices/virtio/vhost_net.h"

namespace volt::test {

class FakeVhost {
public:
  struct Ring {
    std::uint32_t size = 0;
    std::uint32_t base = 0;
    std::uint64_t descriptors = 0;
    std::uint64_t available = 0;
    std::uint64_t used = 0;
    int kick = -1;
    int call = -1;
    int error = -1;
    int tap = -1;
  };
  struct Region {
    std::uint64_t guest;
    std::uint64_t size_bytes;
    std::uint64_t host;
  };
  /// What one descriptor was told.
  struct Device {
    bool has_owner = false;
    std::uint64_t features = 0;
    std::vector<Region> regions;
    std::array<Ring, 2> rings;
  };

  /// What the object hears and answers as long as it lives.
  [[nodiscard]] virtio::VhostControl control();

  /// In the order of their first requests.
  [[nodiscard]] Device& device(std::size_t index = 0) { return devices_.at(order_.at(index)); }
  [[nodiscard]] std::size_t count(unsigned long request) const;

  /// Returns every chain of a ring with `written_bytes`, and calls the driver; how many there were.
  unsigned serve(Ring& ring, std::uint32_t written_bytes = 0);
  /// As for a chain that is none.
  static void complain(const Ring& ring);

  /// Requests so far.
  std::vector<unsigned long> requests;
  /// VHOST_GET_FEATURES.
  std::uint64_t offered = ~std::uint64_t{0};
  /// Fails with EIO from now on; 0 for none.
  unsigned long refused = 0;

private:
  int answer(int descriptor, unsigned long request, void* argument);

  std::map<int, Device> devices_;
  std::vector<int> order_;
};

} // namespace volt::test
