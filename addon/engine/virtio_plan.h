// The virtio devices of a boot plan; schema/boot-plan.schema.json describes each field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "devices/virtio/balloon_options.h"
#include "devices/virtio/block_device.h"
#include "devices/virtio/net_options.h"
#include "devices/virtio/token_bucket.h"
#include "memory/guest_address.h"

namespace volt {

struct BlockPlan {
  /// Name of the image's descriptor.
  std::string backend;
  /// Name of the overlay's; the image is then only read.
  std::optional<std::string> overlay = {};
  virtio::BlockOptions options = {};
};

struct RngPlan {
  virtio::RateLimit rate;
};

struct NetPlan {
  /// Names of the descriptors, one a pair of queues.
  std::vector<std::string> backends;
  /// Names of descriptors of /dev/vhost-net, as many, where the kernel moves the frames; none where the device does.
  std::vector<std::string> vhost = {};
  virtio::NetOptions options = {};
};

struct VsockPlan {
  /// virtio::is_guest_cid() holds.
  std::uint32_t cid = 0;
  /// Name of the listening socket's descriptor, on which host programs ask for ports of the guest.
  std::string listener;
  /// Name of the broker's (connector_protocol.h).
  std::string connector;
};

struct BalloonPlan {
  /// Memory that the guest is to keep.
  std::uint64_t target_bytes = 0;
  virtio::BalloonOptions options = {};
};

struct FsPlan {
  std::string tag;
  /// Name of the descriptor of the daemon's socket.
  std::string backend;
};

/// Its other end is the machine's console.
struct ConsolePlan {};

struct VirtioPlan {
  GuestAddress window;
  std::uint16_t queue_size = 256;
  std::variant<RngPlan, BlockPlan, NetPlan, VsockPlan, BalloonPlan, FsPlan, ConsolePlan> model;
};

/// Names of the descriptors that a device needs, each with its JSON pointer in the device: `backend`, `overlay`,
/// `backends/0`, `vhost/0`, `listener`, `connector`.
struct BackendName {
  std::string key;
  std::string name;
};
[[nodiscard]] std::vector<BackendName> backends_of(const VirtioPlan& plan);

} // namespace volt
