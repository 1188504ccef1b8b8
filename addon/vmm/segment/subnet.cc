// Addresses as text.
#include "vmm/segment/subnet.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace volt {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::string format_ipv4(std::uint32_t address) {
  const in_addr raw{.s_addr = htonl(address)};
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &raw, text.data(), text.size());
  return text.data();
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto bridge = parse_ipv4(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!bridge || failure != std::errc() || end != digits.data() + digits.size() || bits < 8 || bits > 30)
    return std::nullopt;
  const Subnet subnet{.bridge = *bridge, .prefix_bits = bits};
  if (*bridge == subnet.network() || *bridge == subnet.broadcast()) return std::nullopt;
  return subnet;
}

} // namespace volt
