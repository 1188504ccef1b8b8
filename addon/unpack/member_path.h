// Names of members of an archive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace volt {

/// `./boot/vmlinuz` as `boot/vmlinuz`; nothing for a name that is absolute, goes up or holds control characters. The
/// tree's own root is ''.
[[nodiscard]] std::optional<std::string> inner_path(std::string_view name);

} // namespace volt
