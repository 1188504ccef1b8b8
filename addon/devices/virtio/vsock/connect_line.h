// The line by which a host program says which port of the guest it wants: `CONNECT <port>\n`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace volt::virtio {

/// A line that has not ended by then is no such line.
constexpr std::size_t maximum_connect_line_bytes = 32;

struct ConnectLine {
  std::uint32_t port = 0;
  /// With its end; what comes behind is the connection's data.
  std::size_t size_bytes = 0;
};
struct IncompleteLine {};
struct BadLine {};

/// What the bytes so far are. A port is decimal, without sign or space, and below VMADDR_PORT_ANY.
[[nodiscard]] std::variant<ConnectLine, IncompleteLine, BadLine> parse_connect_line(std::string_view bytes);

/// The answer once the guest has accepted: `OK <host port>\n`.
[[nodiscard]] std::string accepted_line(std::uint32_t host_port);

} // namespace volt::virtio
