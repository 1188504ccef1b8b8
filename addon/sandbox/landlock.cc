// landlock(7), with its ABI's constants: headers are older than kernels.
#include "sandbox/landlock.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file_descriptor.h"

namespace volt {

namespace {

constexpr unsigned ask_version = 1; // LANDLOCK_CREATE_RULESET_VERSION

/// struct landlock_ruleset_attr
struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};
static_assert(sizeof(RulesetAttributes) == 24);

constexpr std::uint64_t all_up_to(unsigned bit) {
  return (std::uint64_t{2} << bit) - 1;
}

/// The last LANDLOCK_ACCESS_FS_ of each ABI.
constexpr unsigned make_symlink = 12;
constexpr unsigned refer = 13;
constexpr unsigned truncate = 14;
constexpr unsigned device_ioctl = 15;
constexpr std::array last_file_access{make_symlink, refer, truncate, truncate, device_ioctl};

constexpr int abi_of_network = 4;
constexpr std::uint64_t bind_and_connect_tcp = 3;
constexpr int abi_of_scopes = 6;
constexpr std::uint64_t abstract_sockets_and_signals = 3;

/// The attributes of an ABI, of which a kernel takes as many as it knows.
RulesetAttributes everything(int abi) {
  const auto known = std::min(static_cast<std::size_t>(abi), last_file_access.size());
  return {.handled_access_fs = all_up_to(last_file_access[known - 1]),
          .handled_access_net = abi >= abi_of_network ? bind_and_connect_tcp : 0,
          .scoped = abi >= abi_of_scopes ? abstract_sockets_and_signals : 0};
}

std::size_t size_of_attributes(int abi) {
  if (abi >= abi_of_scopes) return sizeof(RulesetAttributes);
  return abi >= abi_of_network ? offsetof(RulesetAttributes, scoped) : offsetof(RulesetAttributes, handled_access_net);
}

} // namespace

Result<int> restrict_by_landlock() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (abi < 1) return host_error(abi < 0 ? errno : ENOSYS, "ask for Landlock");
  const RulesetAttributes attributes = everything(static_cast<int>(abi));
  const FileDescriptor ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, size_of_attributes(static_cast<int>(abi)), 0)));
  if (!ruleset.valid()) return host_error(errno, "make a Landlock ruleset");
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return host_error(errno, "apply Landlock");
  return static_cast<int>(abi);
}

} // namespace volt
