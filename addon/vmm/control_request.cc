// One function a request.
#include "vmm/control_request.h"

#include <array>

#include "engine/decode_rate.h"

namespace volt {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::size_t maximum_name = 64;
/// Of all devices.
constexpr std::array<std::string_view, 4> limit_names{"bandwidth", "ops", "receive", "transmit"};

Result<ControlRequest> parse_inspect(const JsonNode& node) {
  TRY(node.expect_object({{"request"}}));
  return ControlRequest(InspectRequest{});
}

Result<ControlRequest> parse_pause(const JsonNode& node, bool is_wanted) {
  TRY(node.expect_object({{"request"}}));
  return ControlRequest(PauseRequest{is_wanted});
}

Result<ControlRequest> parse_balloon(const JsonNode& node) {
  TRY(node.expect_object({{"request"}, {"target"}}));
  const std::uint64_t target_bytes = TRY(node.at("target").integer(0, maximum_integer));
  if (target_bytes % page_bytes != 0) return node.at("target").invalid("must be a multiple of 4096");
  return ControlRequest(BalloonRequest{target_bytes});
}

Result<ControlRequest> parse_rate(const JsonNode& node) {
  using enum JsonNode::Required;
  TRY(node.expect_object({{"request"}, {"device"}, {"limits"}}));
  RateRequest request;
  request.device = TRY(node.at("device").string(maximum_name));
  const JsonNode limits = node.at("limits");
  TRY(limits.expect_object({{"bandwidth", no}, {"ops", no}, {"receive", no}, {"transmit", no}}));
  for (const std::string_view name : limit_names) {
    if (!limits.has(name)) continue;
    std::optional<virtio::TokenRate>& rate = request.limits[std::string(name)];
    if (!limits.at(name).is_null()) rate = TRY(decode_bucket(limits, name));
  }
  return ControlRequest(std::move(request));
}

Result<ControlRequest> parse_resize(const JsonNode& node) {
  TRY(node.expect_object({{"request"}, {"columns"}, {"rows"}}));
  const auto columns = static_cast<std::uint16_t>(TRY(node.at("columns").integer(1, UINT16_MAX)));
  const auto rows = static_cast<std::uint16_t>(TRY(node.at("rows").integer(1, UINT16_MAX)));
  return ControlRequest(ResizeRequest{{.columns = columns, .rows = rows}});
}

} // namespace

Result<ControlRequest> parse_control_request(std::string_view line) {
  const nlohmann::json document = TRY(parse_json(line));
  const JsonNode node(document);
  TRY(node.expect_keys({"request"}));
  const std::string request = TRY(node.at("request").string(maximum_name));
  if (request == "inspect") return parse_inspect(node);
  if (request == "balloon") return parse_balloon(node);
  if (request == "rate") return parse_rate(node);
  if (request == "pause") return parse_pause(node, true);
  if (request == "resume") return parse_pause(node, false);
  if (request == "resize") return parse_resize(node);
  return node.at("request").invalid("must be inspect, balloon, rate, pause, resume or resize");
}

} // namespace volt
