// What volt-unpack can unpack: each reads standard input to its end and writes to the output.
#pragma once

#include <cstddef>
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

/// A tar archive that is not packed, such as a layer of an image of containers. Each member is a line
/// `SIZE KIND MODE UID GID MTIME MAJOR MINOR<TAB>PATH<TAB>TARGET` and SIZE bytes: numbers are decimal, KIND is one of
/// f d l h c b p, PATH is '' for the root, TARGET of a symlink is as written. An Error for a member or a hard link that
/// leaves the tree, and for more than `limit_members`.
[[nodiscard]] Result<void> unpack_tar(std::size_t limit_members, BoundedOutput& output);

} // namespace volt
