// One function a request.
#include "vmm/segment/request.h"

#include <algorithm>

#include "engine/json_node.h"
#include "vmm/segment/subnet.h"

namespace volt {

namespace {

constexpr std::size_t maximum_name = 63;
constexpr std::size_t mac_bytes = sizeof "02:00:00:00:00:00" - 1;
constexpr std::uint64_t minimum_mtu = 68;
constexpr std::uint64_t maximum_mtu = 65535;

/// A label of a domain name (RFC 1123), in lower case: it becomes a line of dnsmasq's configuration.
bool is_label(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
  });
}

bool is_mac(std::string_view text) {
  if (text.size() != mac_bytes) return false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char byte = text[index];
    const bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
    if (index % 3 == 2 ? byte != ':' : !is_digit) return false;
  }
  return true;
}

Result<SegmentRequest> parse_join(const JsonNode& node) {
  TRY(node.expect_object({{"request"}, {"name"}, {"mac"}, {"address"}, {"queues"}, {"mtu"}}));
  JoinRequest join;
  join.name = TRY(node.at("name").string(maximum_name));
  if (!is_label(join.name)) return node.at("name").invalid("must be a label of a domain name");
  join.mac = TRY(node.at("mac").string(mac_bytes));
  if (!is_mac(join.mac)) return node.at("mac").invalid("must be an address such as 02:00:00:00:00:01");
  const auto address = parse_ipv4(TRY(node.at("address").string(maximum_name)));
  if (!address) return node.at("address").invalid("must be an IPv4 address");
  join.address = *address;
  join.queues = static_cast<std::uint16_t>(TRY(node.at("queues").integer(1, maximum_segment_queues)));
  join.mtu = static_cast<std::uint32_t>(TRY(node.at("mtu").integer(minimum_mtu, maximum_mtu)));
  return SegmentRequest(std::move(join));
}

std::string line_of(const nlohmann::json& answer) {
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace

Result<SegmentRequest> parse_segment_request(std::string_view line) {
  const nlohmann::json document = TRY(parse_json(line));
  const JsonNode node(document);
  TRY(node.expect_keys({"request"}));
  const std::string request = TRY(node.at("request").string(maximum_name));
  if (request == "join") return parse_join(node);
  if (request != "end") return node.at("request").invalid("must be join or end");
  TRY(node.expect_object({{"request"}}));
  return SegmentRequest(EndRequest{});
}

std::string segment_answer(std::uint32_t address) {
  nlohmann::json answer{{"formatVersion", 1}, {"ok", true}};
  if (address != 0) answer["address"] = format_ipv4(address);
  return line_of(answer);
}

std::string segment_refusal(const Error& error) {
  nlohmann::json answer{{"formatVersion", 1}, {"ok", false}, {"message", error.message}};
  if (error.host_errno != 0) answer["errno"] = error.host_errno;
  if (!error.hint.empty()) answer["hint"] = error.hint;
  return line_of(answer);
}

} // namespace volt
