// libarchive(3): only what is asked for is looked for, so that data never chooses its own decoder.
#include "unpack/archive_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

#include "base/encoding.h"

namespace volt {

namespace {

constexpr std::size_t message_limit = 200; // bytes

struct Filter {
  std::string_view name;
  int code;
};

constexpr std::array filters{Filter{"gzip", ARCHIVE_FILTER_GZIP},   Filter{"xz", ARCHIVE_FILTER_XZ},
                             Filter{"lz4", ARCHIVE_FILTER_LZ4},     Filter{"zstd", ARCHIVE_FILTER_ZSTD},
                             Filter{"bzip2", ARCHIVE_FILTER_BZIP2}, Filter{"lzma", ARCHIVE_FILTER_LZMA}};

int support(archive* reader, ArchiveReader::Format format) {
  switch (format) {
  case ArchiveReader::Format::ar:
    return archive_read_support_format_ar(reader);
  case ArchiveReader::Format::tar:
    return archive_read_support_format_tar(reader);
  case ArchiveReader::Format::raw:
    break;
  }
  return archive_read_support_format_raw(reader);
}

} // namespace

bool is_filter(std::string_view name) {
  return std::ranges::any_of(filters, [name](const Filter& filter) { return filter.name == name; });
}

ByteSource read_descriptor(int descriptor, std::span<std::byte> buffer) {
  return [descriptor, buffer]() -> Result<std::span<const std::byte>> {
    for (;;) {
      const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
      if (count >= 0) return std::span<const std::byte>(buffer.first(static_cast<std::size_t>(count)));
      if (errno != EINTR) return host_error(errno, "read the input");
    }
  };
}

ArchiveReader::ArchiveReader(ByteSource source) : archive_(archive_read_new()), source_(std::move(source)) {}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::create(Format format, std::string_view filter,
                                                             ByteSource source) {
  std::unique_ptr<ArchiveReader> made(new ArchiveReader(std::move(source)));
  if (made->archive_ == nullptr) return host_error(ENOMEM, "read an archive");
  archive* const reader = made->archive_.get();
  int status = support(reader, format);
  for (const auto& [name, code] : filters) {
    if (name == filter && status == ARCHIVE_OK) status = archive_read_append_filter(reader, code);
  }
  if (status == ARCHIVE_OK) status = archive_read_open(reader, made.get(), nullptr, feed, nullptr);
  if (status != ARCHIVE_OK) return made->failure();
  return made;
}

la_ssize_t ArchiveReader::feed(archive* reader, void* self, const void** bytes) {
  ArchiveReader& owner = *static_cast<ArchiveReader*>(self);
  auto piece = owner.source_();
  if (!piece.ok()) {
    owner.source_failure_ = piece.error().message;
    archive_set_error(reader, EIO, "%s", owner.source_failure_.c_str());
    return ARCHIVE_FATAL;
  }
  *bytes = piece.value().data();
  return static_cast<la_ssize_t>(piece.value().size());
}

Error ArchiveReader::failure() const {
  if (!source_failure_.empty()) return {.message = source_failure_};
  const char* text = archive_error_string(archive_.get());
  return {.message = text == nullptr ? "it cannot be read" : printable(text, message_limit)};
}

Result<archive_entry*> ArchiveReader::next() {
  member_offset_ = 0;
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(archive_.get(), &entry);
  if (status == ARCHIVE_EOF) return static_cast<archive_entry*>(nullptr);
  // A warning is of a name that no character set has, or of a number that is out of range: who reads it looks at it.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return failure();
  return entry;
}

Result<std::span<const std::byte>> ArchiveReader::read() {
  const void* bytes = nullptr;
  std::size_t count = 0;
  la_int64_t offset = 0;
  const int status = archive_read_data_block(archive_.get(), &bytes, &count, &offset);
  if (status == ARCHIVE_EOF) return std::span<const std::byte>();
  if (status != ARCHIVE_OK) return failure();
  if (std::cmp_not_equal(offset, member_offset_)) return Error{.message = "it has a sparse file"};
  member_offset_ += count;
  return std::span(static_cast<const std::byte*>(bytes), count);
}

std::size_t ArchiveReader::unpacked_bytes() const {
  return static_cast<std::size_t>(std::max<la_int64_t>(archive_filter_bytes(archive_.get(), 0), 0));
}

} // namespace volt
