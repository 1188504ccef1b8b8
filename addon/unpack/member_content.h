// The bytes of an archive's members, as they go out.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "unpack/archive_reader.h"
#include "unpack/bounded_output.h"

namespace volt {

/// A line `SIZE WORDS`, then SIZE bytes: an Error where the member has more or less than its header says.
[[nodiscard]] Result<void> write_member(ArchiveReader& archive, const std::string& words, std::uint64_t size,
                                        BoundedOutput& output);

/// Not by libarchive's own skipping, which knows no limit.
[[nodiscard]] Result<void> skip_member(ArchiveReader& archive, BoundedOutput& output);

} // namespace volt
