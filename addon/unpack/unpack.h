// What volt-unpack can unpack: each reads standard input to its end and writes to the output.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "unpack/bounded_output.h"

namespace volt {

/// A stream that `filter` packed, such as a bzImage's payload.
[[nodiscard]] Result<void> unpack_stream(std::string_view filter, BoundedOutput& output);

/// A Debian package (deb(5)): its control file as `control`, and those regular files whose path begins with one of
/// `prefixes`. Each is a line `SIZE PATH` and SIZE bytes. An Error for a member that would leave the tree, whether it
/// is asked for or not.
[[nodiscard]] Result<void> unpack_package(std::span<const char* const> prefixes, BoundedOutput& output);

} // namespace volt
