// Addresses, and dnsmasq's configuration (dnsmasq(8)).
#include "vmm/segment/members.h"

#include <algorithm>
#include <cerrno>

namespace volt {

Result<std::uint32_t> SegmentMembers::add(const JoinRequest& join) {
  if (members_.contains(join.name))
    return Error{.host_errno = EBUSY, .message = "a machine '" + join.name + "' is on the network already"};
  for (const auto& [name, member] : members_) {
    if (member.mac == join.mac)
      return Error{.host_errno = EADDRINUSE,
                   .message = "the address " + join.mac + " is that of '" + name + "'",
                   .hint = "leave mac out"};
  }
  const std::uint32_t address = TRY(free_address(join.address));
  members_.emplace(join.name, Member{.mac = join.mac, .address = address});
  return address;
}

Result<std::uint32_t> SegmentMembers::free_address(std::uint32_t wanted) const {
  const auto is_free = [this](std::uint32_t address) {
    return subnet_.has_host(address) &&
           std::ranges::none_of(members_, [address](const auto& member) { return member.second.address == address; });
  };
  const std::uint32_t size = ~subnet_.mask() + 1;
  for (std::uint32_t step = 0; step < size; ++step) {
    const std::uint32_t address = subnet_.network() | ((wanted + step) & ~subnet_.mask());
    if (is_free(address)) return address;
  }
  return Error{.host_errno = EADDRNOTAVAIL, .message = "every address of the network is taken"};
}

std::vector<std::uint32_t> SegmentMembers::remove_if(const std::function<bool(int interface)>& is_gone) {
  std::vector<std::uint32_t> removed;
  std::erase_if(members_, [&](const auto& member) {
    if (!is_gone(member.second.interface)) return false;
    removed.push_back(member.second.address);
    return true;
  });
  return removed;
}

std::string SegmentMembers::configuration(std::string_view segment, std::string_view interface) const {
  const std::string domain(segment);
  // Not bind-interfaces: a socket that is bound to an interface takes every address for a neighbour's.
  std::string text = "interface=" + std::string(interface) + "\nexcept-interface=lo\nno-hosts\nno-resolv\nno-ping\n";
  text += "domain=" + domain + "\nlocal=/" + domain + "/\ndomain-needed\n";
  text += "leasefile-ro\ndhcp-authoritative\nquiet-dhcp\ndhcp-ignore-names\n";
  // Otherwise it would write to the kernel's table of neighbours, for which it has no right.
  text += "dhcp-broadcast\n";
  // No router: a guest's default route is another network's.
  text += "dhcp-option=option:router\n";
  text += "dhcp-range=" + format_ipv4(subnet_.network()) + ",static," + format_ipv4(subnet_.mask()) + ",infinite\n";
  for (const auto& [name, member] : members_) {
    const std::string address = format_ipv4(member.address);
    // The whole name: `ignore` or `7` alone would be a word of dnsmasq's.
    const std::string whole = name + '.' + domain;
    text += "dhcp-host=" + member.mac + ',' + address + ',' + whole + ",infinite\n";
    text += "host-record=" + whole + ',' + name + ',' + address + '\n';
  }
  return text;
}

} // namespace volt
