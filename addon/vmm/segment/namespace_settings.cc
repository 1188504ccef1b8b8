// Documentation/networking/ip-sysctl.rst.
#include "vmm/segment/namespace_settings.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.h"

namespace volt {

namespace {

struct Setting {
  const char* name;
  char value;
};

/// Of every interface. Those of `all` and of the interface itself count together, mostly the larger.
constexpr Setting interface_settings[] = {
    {"rp_filter", '1'},    // no packet from an address without a route
    {"arp_filter", '1'},   // no answer to one, and so no neighbour
    {"arp_accept", '0'},   // nor a neighbour who announces itself
    {"arp_ignore", '0'},   // who asks is in no subnet of the bridge's, which has its own address alone
    {"forwarding", '0'},   // the segment is no router
    {"log_martians", '0'}, // guests do not write to the host's log
};

bool has_value(const std::string& path, char value) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[2]{};
  return file.valid() && read(file.get(), text, sizeof text) == sizeof text && text[0] == value && text[1] == '\n';
}

Result<void> set(const std::string& path, char value) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid() && write(file.get(), &value, 1) == 1) return {};
  Error error = host_error(errno, "write " + path);
  if (has_value(path, value)) return {};
  error.hint = "a private network sets up a namespace of its own there: in a container, mount /proc/sys/net writable";
  return error;
}

} // namespace

// The segment itself speaks IPv4; the guests may speak what they like.
Result<void> restrict_namespace() {
  const std::string net = "/proc/sys/net/";
  for (const char* const which : {"all/", "default/"}) {
    for (const Setting& setting : interface_settings)
      TRY(set(net + "ipv4/conf/" + which + setting.name, setting.value));
    const std::string ipv6 = net + "ipv6/conf/" + which + "disable_ipv6";
    if (access(ipv6.c_str(), F_OK) == 0) TRY(set(ipv6, '1'));
  }
  // The name service needs no right for its ports.
  return set(net + "ipv4/ip_unprivileged_port_start", '0');
}

} // namespace volt
