// A command is a class, a code and arguments of an exact length.
#include "devices/virtio/net_control.h"

#include <optional>

#include "devices/virtio/net_features.h"

namespace volt::virtio {

namespace {

constexpr std::size_t header_bytes = sizeof(virtio_net_ctrl_hdr);

// SAFETY: a number seen as bytes; little-endian, as all hosts are.
template <typename Number>
std::optional<Number> number_at(const BufferList& command, std::uint64_t offset) {
  Number number = 0;
  const std::size_t count = command.read(offset, {reinterpret_cast<std::uint8_t*>(&number), sizeof number});
  return count == sizeof number ? std::optional(number) : std::nullopt;
}

template <typename Number>
std::optional<Number> only_argument(const BufferList& command) {
  return command.size_bytes() == header_bytes + sizeof(Number) ? number_at<Number>(command, header_bytes)
                                                               : std::nullopt;
}

bool sets_receive_mode(const BufferList& command, std::uint8_t code) {
  return (code == VIRTIO_NET_CTRL_RX_PROMISC || code == VIRTIO_NET_CTRL_RX_ALLMULTI) &&
         only_argument<std::uint8_t>(command).has_value();
}

/// Two tables, of unicast and of multicast addresses, each behind its length.
bool sets_address_tables(const BufferList& command, std::uint8_t code) {
  if (code != VIRTIO_NET_CTRL_MAC_TABLE_SET) return false;
  std::uint64_t offset = header_bytes;
  for (int table = 0; table < 2; ++table) {
    const auto entries = number_at<std::uint32_t>(command, offset);
    if (!entries) return false;
    offset += sizeof *entries + std::uint64_t{*entries} * mac_bytes;
  }
  return offset == command.size_bytes();
}

bool sets_pairs(const BufferList& command, std::uint8_t code, std::uint16_t pairs, NetControlTarget& target) {
  const auto count = only_argument<std::uint16_t>(command);
  return code == VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET && count && *count >= 1 && *count <= pairs && target.use_pairs(*count);
}

bool sets_offloads(const BufferList& command, std::uint8_t code, std::uint64_t features, NetControlTarget& target) {
  const auto offloads = only_argument<std::uint64_t>(command);
  return code == VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET && offloads && (*offloads & ~(features & guest_offloads)) == 0 &&
         target.use_guest_offloads(*offloads);
}

bool run(const BufferList& command, const NetControlRules& rules, NetControlTarget& target) {
  const auto command_class = number_at<std::uint8_t>(command, offsetof(virtio_net_ctrl_hdr, command_class));
  const auto code = number_at<std::uint8_t>(command, offsetof(virtio_net_ctrl_hdr, command));
  if (!command_class || !code) return false;
  switch (*command_class) {
  case VIRTIO_NET_CTRL_RX:
    return has_feature(rules.features, VIRTIO_NET_F_CTRL_RX) && sets_receive_mode(command, *code);
  case VIRTIO_NET_CTRL_MAC:
    return has_feature(rules.features, VIRTIO_NET_F_CTRL_RX) && sets_address_tables(command, *code);
  case VIRTIO_NET_CTRL_MQ:
    return has_feature(rules.features, VIRTIO_NET_F_MQ) && sets_pairs(command, *code, rules.pairs, target);
  case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
    return has_feature(rules.features, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) &&
           sets_offloads(command, *code, rules.features, target);
  default:
    return false;
  }
}

} // namespace

std::uint8_t run_net_command(const BufferList& command, const NetControlRules& rules, NetControlTarget& target) {
  return run(command, rules, target) ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
}

} // namespace volt::virtio
