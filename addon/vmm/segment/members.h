// The machines of a private network: who has which address and name, and what dnsmasq is told of it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vmm/segment/request.h"
#include "vmm/segment/subnet.h"

namespace volt {

class SegmentMembers {
public:
  explicit SegmentMembers(Subnet subnet) : subnet_(subnet) {}

  /// Its address: the one that was asked for, or the next free one. Refuses a second machine of a name or MAC.
  [[nodiscard]] Result<std::uint32_t> add(const JoinRequest& join);
  /// The index of the machine's interface, by which it is found to be gone.
  void attach(const std::string& name, int interface) { members_.at(name).interface = interface; }
  void remove(const std::string& name) { members_.erase(name); }
  /// Their addresses.
  std::vector<std::uint32_t> remove_if(const std::function<bool(int interface)>& is_gone);
  [[nodiscard]] bool empty() const { return members_.empty(); }

  /// For dnsmasq's standard input: DHCP for these machines alone, their names within the domain `segment`, nobody
  /// else's.
  [[nodiscard]] std::string configuration(std::string_view segment, std::string_view interface) const;

private:
  struct Member {
    std::string mac;
    std::uint32_t address = 0;
    int interface = 0;
  };

  [[nodiscard]] Result<std::uint32_t> free_address(std::uint32_t wanted) const;

  const Subnet subnet_;
  /// By name.
  std::map<std::string, Member> members_;
};

} // namespace volt
