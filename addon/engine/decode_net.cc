// Addresses, queues and limits of a network device.
#include "engine/decode_net.h"

#include <algorithm>
#include <charconv>

#include "engine/decode_parts.h"
#include "engine/decode_rate.h"

namespace volt {

namespace {

using enum JsonNode::Required;

Result<std::string> decode_backend(const JsonNode& node) {
  return node.string(maximum_string);
}

Result<virtio::NetOptions::Transport> decode_transport(const JsonNode& node) {
  const std::string transport = TRY(node.string(maximum_string));
  if (transport == "tap") return virtio::NetOptions::Transport::tap;
  if (transport == "stream") return virtio::NetOptions::Transport::stream;
  return node.invalid("must be tap or stream");
}

constexpr std::string_view mac_form = "must be six bytes such as 02:00:00:00:00:01";

Result<virtio::MacAddress> decode_mac(const JsonNode& node) {
  constexpr std::size_t text_bytes = virtio::mac_bytes * 3 - 1;
  const std::string text = TRY(node.string(text_bytes));
  virtio::MacAddress mac{};
  if (text.size() != text_bytes) return node.invalid(mac_form);
  for (std::size_t index = 0; index < mac.size(); ++index) {
    const char* const digits = text.data() + index * 3;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac[index], 16);
    if (error != std::errc() || end != digits + 2 || (index > 0 && digits[-1] != ':')) return node.invalid(mac_form);
  }
  const bool is_zero = std::ranges::all_of(mac, [](std::uint8_t byte) { return byte == 0; });
  if ((mac[0] & 1U) != 0 || is_zero) return node.invalid("must be the address of one device");
  return mac;
}

/// Frames that the kernel moves are the tap's, and nobody looks at them or holds them back.
Result<std::vector<std::string>> decode_vhost(const JsonNode& device, const virtio::NetOptions& options) {
  const JsonNode vhost = device.at("vhost");
  if (options.transport != virtio::NetOptions::Transport::tap) return vhost.invalid("needs a tap");
  if (options.prevent_spoofing) return vhost.invalid("does not go with preventSpoofing");
  if (device.has("rateLimit")) return vhost.invalid("does not go with rateLimit");
  std::vector<std::string> names = TRY(decode_array(vhost, 1, virtio::maximum_net_pairs, decode_backend));
  if (names.size() != options.pairs) return vhost.invalid("must have a descriptor for each of the backends");
  return names;
}

} // namespace

Result<NetPlan> decode_net(const JsonNode& node) {
  TRY(node.expect_object({{"id"},
                          {"type"},
                          {"mmio"},
                          {"gsi"},
                          {"queueSize"},
                          {"transport"},
                          {"backends"},
                          {"mac"},
                          {"mtu"},
                          {"offloads"},
                          {"preventSpoofing"},
                          {"vhost", no},
                          {"rateLimit", no}}));
  NetPlan plan;
  virtio::NetOptions& options = plan.options;
  options.transport = TRY(decode_transport(node.at("transport")));
  const bool is_tap = options.transport == virtio::NetOptions::Transport::tap;
  const JsonNode backends = node.at("backends");
  plan.backends = TRY(decode_array(backends, 1, is_tap ? virtio::maximum_net_pairs : 1, decode_backend));
  options.pairs = static_cast<std::uint16_t>(plan.backends.size());
  options.mac = TRY(decode_mac(node.at("mac")));
  options.mtu = static_cast<std::uint16_t>(TRY(node.at("mtu").integer(68, UINT16_MAX)));
  options.offloads = TRY(node.at("offloads").boolean());
  options.prevent_spoofing = TRY(node.at("preventSpoofing").boolean());
  if (node.has("vhost")) plan.vhost = TRY(decode_vhost(node, options));
  if (!node.has("rateLimit")) return plan;
  const JsonNode limit = node.at("rateLimit");
  TRY(limit.expect_object({{"receive", no}, {"transmit", no}}));
  options.receive.bandwidth = TRY(decode_bucket(limit, "receive"));
  options.transmit.bandwidth = TRY(decode_bucket(limit, "transmit"));
  return plan;
}

} // namespace volt
