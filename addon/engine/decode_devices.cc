// One function a type of device; `type` says which keys there are.
#include "engine/decode_devices.h"

#include <string_view>

#include "engine/decode_parts.h"
#include "engine/decode_virtio.h"

namespace volt {

namespace {

using enum JsonNode::Required;

constexpr std::size_t maximum_devices = 64;

Result<PortRange> decode_ports(const JsonNode& node) {
  TRY(node.expect_object({{"base"}, {"size"}}));
  const PortRange range{.base = TRY(address16(node.at("base"))),
                        .size = static_cast<std::uint32_t>(TRY(node.at("size").integer(1, 65536)))};
  if (range.base + range.size > 65536) return node.invalid("runs past the last port 0xffff");
  return range;
}

Result<DevicePlan> decode_port_device(const JsonNode& node, DeviceType type) {
  TRY(node.expect_object({{"id"}, {"type"}, {"ports"}, {"gsi", no}}));
  DevicePlan device;
  device.id = TRY(node.at("id").string(maximum_string));
  device.type = type;
  device.ports = TRY(decode_array<PortRange>(node.at("ports"), 1, 16, decode_ports));
  if (node.has("gsi")) device.gsi = TRY(decode_gsi(node.at("gsi")));
  return device;
}

Result<DevicePlan> decode_device(const JsonNode& node) {
  TRY(node.expect_keys({"type"}));
  const JsonNode type_node = node.at("type");
  const std::string type = TRY(type_node.string(maximum_string));
  if (type == "uart16550") return decode_port_device(node, DeviceType::uart16550);
  if (type == "i8042") return decode_port_device(node, DeviceType::i8042);
  if (type == "power") return decode_port_device(node, DeviceType::power);
  if (type == "pvpanic") return decode_port_device(node, DeviceType::pvpanic);
  if (type.starts_with("virtio-")) return decode_virtio_device(node, type);
  return type_node.invalid("must be uart16550, i8042, power, pvpanic or a virtio device");
}

} // namespace

Result<std::vector<DevicePlan>> decode_devices(const JsonNode& node) {
  return decode_array<DevicePlan>(node, 0, maximum_devices, decode_device);
}

} // namespace volt
