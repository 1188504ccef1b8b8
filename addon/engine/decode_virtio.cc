// One function a type of virtio device, and what all have in common.
#include "engine/decode_virtio.h"

#include <algorithm>
#include <string>

#include "devices/virtio/fs_device.h"
#include "devices/virtio/mmio_transport.h"
#include "devices/virtio/page_release.h"
#include "engine/decode_net.h"
#include "engine/decode_parts.h"
#include "engine/decode_rate.h"

namespace volt {

namespace {

using enum JsonNode::Required;

Result<RngPlan> decode_rng(const JsonNode& node) {
  TRY(node.expect_object({{"id"}, {"type"}, {"mmio"}, {"gsi"}, {"queueSize"}, {"rateLimit", no}}));
  RngPlan plan;
  if (!node.has("rateLimit")) return plan;
  const JsonNode limit = node.at("rateLimit");
  TRY(limit.expect_object({{"bandwidth"}}));
  plan.rate.bandwidth = TRY(decode_bucket(limit, "bandwidth"));
  return plan;
}

Result<virtio::CacheMode> decode_cache(const JsonNode& node) {
  const std::string mode = TRY(node.string(maximum_string));
  if (mode == "writeback") return virtio::CacheMode::writeback;
  if (mode == "writethrough") return virtio::CacheMode::writethrough;
  if (mode == "unsafe") return virtio::CacheMode::unsafe;
  return node.invalid("must be writeback, writethrough or unsafe");
}

Result<std::string> decode_serial(const JsonNode& node) {
  const std::string serial = TRY(node.string(VIRTIO_BLK_ID_BYTES, 0));
  const bool is_printable = std::ranges::all_of(serial, [](char letter) { return letter >= '!' && letter <= '~'; });
  if (!is_printable) return node.invalid("must be printable ASCII without blanks");
  return serial;
}

Result<BlockPlan> decode_block(const JsonNode& node) {
  TRY(node.expect_object({{"id"},
                          {"type"},
                          {"mmio"},
                          {"gsi"},
                          {"queueSize"},
                          {"backend"},
                          {"capacity"},
                          {"readOnly"},
                          {"serial"},
                          {"cache"},
                          {"queues"},
                          {"discard"},
                          {"overlay", no},
                          {"rateLimit", no}}));
  BlockPlan plan;
  plan.backend = TRY(node.at("backend").string(maximum_string));
  if (node.has("overlay")) plan.overlay = TRY(node.at("overlay").string(maximum_string));
  virtio::BlockOptions& options = plan.options;
  options.capacity_sectors = TRY(node.at("capacity").integer(1, maximum_integer / virtio::sector_bytes));
  options.read_only = TRY(node.at("readOnly").boolean());
  options.serial = TRY(decode_serial(node.at("serial")));
  options.cache = TRY(decode_cache(node.at("cache")));
  options.queues = static_cast<std::uint16_t>(TRY(node.at("queues").integer(1, 16)));
  options.discard = TRY(node.at("discard").boolean());
  if (!node.has("rateLimit")) return plan;
  const JsonNode limit = node.at("rateLimit");
  TRY(limit.expect_object({{"bandwidth", no}, {"ops", no}}));
  options.rate.bandwidth = TRY(decode_bucket(limit, "bandwidth"));
  options.rate.operations = TRY(decode_bucket(limit, "ops"));
  return plan;
}

Result<VsockPlan> decode_vsock(const JsonNode& node) {
  TRY(node.expect_object({{"id"}, {"type"}, {"mmio"}, {"gsi"}, {"queueSize"}, {"cid"}, {"listener"}, {"connector"}}));
  VsockPlan plan;
  // 0 to 2 and the highest are reserved (virtio 1.2 §5.10.4).
  plan.cid = static_cast<std::uint32_t>(TRY(node.at("cid").integer(3, UINT32_MAX - 1)));
  plan.listener = TRY(node.at("listener").string(maximum_string));
  plan.connector = TRY(node.at("connector").string(maximum_string));
  return plan;
}

Result<BalloonPlan> decode_balloon(const JsonNode& node) {
  TRY(node.expect_object({{"id"},
                          {"type"},
                          {"mmio"},
                          {"gsi"},
                          {"queueSize"},
                          {"target"},
                          {"freePageReporting"},
                          {"deflateOnOom"},
                          {"statsIntervalMs"}}));
  constexpr std::uint64_t maximum_interval_ms = 24 * 60 * 60 * 1000;
  BalloonPlan plan;
  plan.target_bytes = TRY(node.at("target").integer(0, maximum_integer));
  if (plan.target_bytes % virtio::page_bytes != 0) return node.at("target").invalid("must be a multiple of 4096");
  plan.options.free_page_reporting = TRY(node.at("freePageReporting").boolean());
  plan.options.deflate_on_oom = TRY(node.at("deflateOnOom").boolean());
  plan.options.statistics_interval =
      std::chrono::milliseconds(TRY(node.at("statsIntervalMs").integer(1, maximum_interval_ms)));
  return plan;
}

/// What the daemon does with the directory is for whoever starts it.
Result<FsPlan> decode_fs(const JsonNode& node) {
  TRY(node.expect_object(
      {{"id"}, {"type"}, {"mmio"}, {"gsi"}, {"queueSize"}, {"tag"}, {"backend"}, {"readOnly"}, {"cache"}}));
  static_cast<void>(TRY(node.at("readOnly").boolean()));
  const std::string cache = TRY(node.at("cache").string(maximum_string));
  if (cache != "auto" && cache != "none" && cache != "always")
    return node.at("cache").invalid("must be auto, none or always");
  FsPlan plan;
  plan.tag = TRY(node.at("tag").string(virtio::maximum_tag_bytes));
  plan.backend = TRY(node.at("backend").string(maximum_string));
  return plan;
}

Result<ConsolePlan> decode_console(const JsonNode& node) {
  TRY(node.expect_object({{"id"}, {"type"}, {"mmio"}, {"gsi"}, {"queueSize"}}));
  return ConsolePlan{};
}

Result<GuestAddress> decode_window(const JsonNode& node) {
  TRY(node.expect_object({{"base"}, {"size"}}));
  TRY(node.at("size").integer(virtio::MmioTransport::window_bytes, virtio::MmioTransport::window_bytes));
  return GuestAddress{TRY(node.at("base").address())};
}

Result<std::uint16_t> decode_queue_size(const JsonNode& node) {
  const std::uint64_t size = TRY(node.integer(2, virtio::MmioTransport::maximum_queue_size));
  if ((size & (size - 1)) != 0) return node.invalid("must be a power of two");
  return static_cast<std::uint16_t>(size);
}

/// What all virtio devices have, around what this one is.
template <typename Model>
Result<DevicePlan> decode_virtio(const JsonNode& node, Result<Model> (*decode_model)(const JsonNode&)) {
  VirtioPlan plan;
  plan.model = TRY(decode_model(node)); // first, since it knows which keys there may be
  plan.window = TRY(decode_window(node.at("mmio")));
  plan.queue_size = TRY(decode_queue_size(node.at("queueSize")));
  DevicePlan device;
  device.id = TRY(node.at("id").string(maximum_string));
  device.type = DeviceType::virtio;
  device.gsi = TRY(decode_gsi(node.at("gsi")));
  device.virtio = std::move(plan);
  return device;
}

} // namespace

Result<DevicePlan> decode_virtio_device(const JsonNode& node, std::string_view type) {
  if (type == "virtio-block") return decode_virtio<BlockPlan>(node, decode_block);
  if (type == "virtio-rng") return decode_virtio<RngPlan>(node, decode_rng);
  if (type == "virtio-net") return decode_virtio<NetPlan>(node, decode_net);
  if (type == "virtio-vsock") return decode_virtio<VsockPlan>(node, decode_vsock);
  if (type == "virtio-balloon") return decode_virtio<BalloonPlan>(node, decode_balloon);
  if (type == "virtio-fs") return decode_virtio<FsPlan>(node, decode_fs);
  if (type == "virtio-console") return decode_virtio<ConsolePlan>(node, decode_console);
  return node.at("type").invalid(
      "must be virtio-balloon, virtio-block, virtio-console, virtio-fs, virtio-net, virtio-rng or virtio-vsock");
}

} // namespace volt
