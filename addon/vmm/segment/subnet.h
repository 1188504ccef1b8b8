// The IPv4 addresses of a private network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace volt {

/// In host order. `bridge` is the address of the segment's own end.
struct Subnet {
  std::uint32_t bridge = 0;
  unsigned prefix_bits = 0;

  [[nodiscard]] std::uint32_t mask() const { return ~std::uint32_t{0} << (32 - prefix_bits); }
  [[nodiscard]] std::uint32_t network() const { return bridge & mask(); }
  [[nodiscard]] std::uint32_t broadcast() const { return network() | ~mask(); }
  /// Whether a machine may have it: not the network's, the bridge's or the broadcast address.
  [[nodiscard]] bool has_host(std::uint32_t address) const {
    return address > network() && address < broadcast() && address != bridge;
  }
};

/// Dotted decimal; nothing for other text.
[[nodiscard]] std::optional<std::uint32_t> parse_ipv4(std::string_view text);
[[nodiscard]] std::string format_ipv4(std::uint32_t address);

/// `10.128.0.1/20`, with 8 to 30 bits; nothing where that is none or its address is not a host's.
[[nodiscard]] std::optional<Subnet> parse_subnet(std::string_view text);

} // namespace volt
