// One archive or compressed stream, read by libarchive from bytes that come piece by piece.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace volt {

/// The next bytes, which stay where they are until the next call; none at the end.
using ByteSource = std::function<Result<std::span<const std::byte>>()>;

/// A descriptor's bytes to its end, in `buffer`.
[[nodiscard]] ByteSource read_descriptor(int descriptor, std::span<std::byte> buffer);

class ArchiveReader {
public:
  enum class Format { ar, raw, tar };

  /// `filter` is gzip, xz, lz4, zstd, bzip2 or lzma, or empty for none; one layer, and no other is looked for.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> create(Format format, std::string_view filter,
                                                                     ByteSource source);

  /// The next member's header, or null behind the last. Valid until the next call.
  [[nodiscard]] Result<archive_entry*> next();
  /// Bytes of the member, in an order without gaps; none at its end.
  [[nodiscard]] Result<std::span<const std::byte>> read();
  /// Bytes that came out of the filter so far.
  [[nodiscard]] std::size_t unpacked_bytes() const;

private:
  struct Free {
    void operator()(archive* reader) const { archive_read_free(reader); }
  };

  explicit ArchiveReader(ByteSource source);

  static la_ssize_t feed(archive* reader, void* self, const void** bytes);
  [[nodiscard]] Error failure() const;

  std::unique_ptr<archive, Free> archive_;
  ByteSource source_;
  std::string source_failure_;
  std::size_t member_offset_ = 0;
};

/// Whether `name` is a filter of ArchiveReader.
[[nodiscard]] bool is_filter(std::string_view name);

} // namespace volt
