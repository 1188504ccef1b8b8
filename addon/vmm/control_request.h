// What may be asked of a running machine, a line of JSON each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "devices/virtio/console_peer.h"
#include "devices/virtio/token_bucket.h"

namespace volt {

/// `{"request":"inspect"}`: the state of the machine, and what its devices have done.
struct InspectRequest {};

/// `{"request":"balloon","target":268435456}`: the guest is to keep so many bytes, a multiple of 4096.
struct BalloonRequest {
  std::uint64_t target_bytes = 0;
};

/// `{"request":"rate","device":"disk-root","limits":{"bandwidth":{"perSecond":N,"burst":N},"ops":null}}`: other limits
/// for a device; null is none, and what is not named stays.
struct RateRequest {
  std::string device;
  std::map<std::string, std::optional<virtio::TokenRate>> limits;
};

/// `{"request":"pause"}`, answered when no vCPU runs any more, and `{"request":"resume"}`. Either may find it done
/// already.
struct PauseRequest {
  bool is_wanted = true;
};

/// `{"request":"resize","columns":120,"rows":40}`: the size of the terminal behind a virtio console, in characters.
struct ResizeRequest {
  virtio::ConsoleSize size;
};

using ControlRequest = std::variant<InspectRequest, BalloonRequest, RateRequest, PauseRequest, ResizeRequest>;

/// Never throws, whatever the line holds; the error's message says what is wrong with it.
[[nodiscard]] Result<ControlRequest> parse_control_request(std::string_view line);

} // namespace volt
