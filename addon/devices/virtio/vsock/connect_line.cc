// One line in, one line out.
#include "devices/virtio/vsock/connect_line.h"

#include <charconv>

#include "devices/virtio/vsock/packet.h"

namespace volt::virtio {

namespace {
constexpr std::string_view keyword = "CONNECT ";
}

std::variant<ConnectLine, IncompleteLine, BadLine> parse_connect_line(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, keyword.size());
  if (start != keyword.substr(0, start.size())) return BadLine{};
  const std::size_t end = bytes.substr(0, maximum_connect_line_bytes).find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() >= maximum_connect_line_bytes) return BadLine{};
    return IncompleteLine{};
  }
  if (end < keyword.size()) return BadLine{};
  const std::string_view digits = bytes.substr(keyword.size(), end - keyword.size());
  std::uint32_t port = 0;
  const auto [rest, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || rest != digits.data() + digits.size() || port == vsock_any_port) return BadLine{};
  return ConnectLine{.port = port, .size_bytes = end + 1};
}

std::string accepted_line(std::uint32_t host_port) {
  return "OK " + std::to_string(host_port) + "\n";
}

} // namespace volt::virtio
