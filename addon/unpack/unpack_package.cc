// deb(5): an ar archive with debian-binary, control.tar and data.tar, the latter two packed as their names say.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/encoding.h"
#include "unpack/archive_reader.h"
#include "unpack/member_content.h"
#include "unpack/member_path.h"
#include "unpack/unpack.h"

namespace volt {

namespace {

constexpr std::size_t buffer_bytes = 1 << 16;
constexpr std::size_t shown_bytes = 200;

struct Ending {
  std::string_view suffix;
  std::string_view filter;
};

constexpr std::array endings{Ending{".tar", ""},         Ending{".tar.gz", "gzip"},   Ending{".tar.xz", "xz"},
                             Ending{".tar.zst", "zstd"}, Ending{".tar.bz2", "bzip2"}, Ending{".tar.lzma", "lzma"}};

/// The filter of `control.tar.xz`, where `stem` is `control`; nothing for another member.
std::optional<std::string_view> filter_of(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem)) return std::nullopt;
  const auto found =
      std::ranges::find(endings, name.substr(stem.size()), [](const Ending& ending) { return ending.suffix; });
  if (found == endings.end()) return std::nullopt;
  return found->filter;
}

/// Which files of a tar archive are wanted, and as what they go out.
using Choice = std::optional<std::string> (*)(std::string_view path, std::span<const char* const> prefixes);

std::optional<std::string> control_file(std::string_view path, std::span<const char* const>) {
  if (path != "control") return std::nullopt;
  return "control";
}

std::optional<std::string> wanted_file(std::string_view path, std::span<const char* const> prefixes) {
  if (std::ranges::none_of(prefixes, [path](std::string_view prefix) { return path.starts_with(prefix); }))
    return std::nullopt;
  return std::string(path);
}

Result<void> unpack_member(ArchiveReader& package, std::string_view filter, Choice choose,
                           std::span<const char* const> prefixes, BoundedOutput& output) {
  const auto tar =
      TRY(ArchiveReader::create(ArchiveReader::Format::tar, filter, [&package] { return package.read(); }));
  std::size_t headers = 0;
  for (archive_entry* entry = TRY(tar->next()); entry != nullptr; entry = TRY(tar->next())) {
    // Headers alone make a bomb, too: as many bytes count as came out of the filter.
    const std::size_t unpacked = tar->unpacked_bytes();
    TRY(output.count(unpacked > headers ? std::size_t{512} : std::size_t{0}));
    headers = unpacked;
    const char* written = archive_entry_pathname(entry);
    const auto path = inner_path(written == nullptr ? "" : written);
    if (!path) {
      const std::string shown = printable(written == nullptr ? "" : written, shown_bytes);
      return Error{.message = "it has a member whose name leaves the package: '" + shown + "'"};
    }
    const bool has_content = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    const auto name = has_content ? choose(*path, prefixes) : std::nullopt;
    if (name) {
      TRY(write_member(*tar, *name, static_cast<std::uint64_t>(archive_entry_size(entry)), output));
    } else {
      TRY(skip_member(*tar, output));
    }
  }
  return {};
}

} // namespace

Result<void> unpack_package(std::span<const char* const> prefixes, BoundedOutput& output) {
  std::vector<std::byte> buffer(buffer_bytes);
  const auto package = TRY(ArchiveReader::create(ArchiveReader::Format::ar, "", read_descriptor(STDIN_FILENO, buffer)));
  bool has_data = false;
  for (archive_entry* entry = TRY(package->next()); entry != nullptr; entry = TRY(package->next())) {
    const char* written = archive_entry_pathname(entry);
    const std::string name = written == nullptr ? "" : written;
    if (const auto filter = filter_of(name, "control")) {
      TRY(unpack_member(*package, *filter, control_file, {}, output));
    } else if (const auto packed = filter_of(name, "data")) {
      has_data = true;
      TRY(unpack_member(*package, *packed, wanted_file, prefixes, output));
    } else {
      TRY(skip_member(*package, output));
    }
  }
  if (has_data) return {};
  return Error{.message = "it is no Debian package: it has no data.tar"};
}

} // namespace volt
