// Reads the rate limits of virtio devices.
#pragma once

#include <optional>
#include <string_view>

#include "devices/virtio/token_bucket.h"
#include "engine/decode_parts.h"

namespace volt {

/// The bucket `key` of `limit`, if it has one.
inline Result<std::optional<virtio::TokenRate>> decode_bucket(const JsonNode& limit, std::string_view key) {
  if (!limit.has(key)) return std::optional<virtio::TokenRate>();
  const JsonNode node = limit.at(key);
  TRY(node.expect_object({{"perSecond"}, {"burst"}}));
  virtio::TokenRate rate;
  rate.per_second = TRY(node.at("perSecond").integer(1, maximum_integer));
  rate.burst = TRY(node.at("burst").integer(1, maximum_integer));
  return std::optional(rate);
}

} // namespace volt
