// A tar archive as one clean stream: what each member is, checked, and the bytes of files. Nothing is made by its name
// here, so a symlink may say what it likes: it is text.
#include <algorithm>
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
constexpr std::size_t header_bytes = 512;
/// Linux's, without the byte that ends it.
constexpr std::size_t path_bytes = 4095;
constexpr std::size_t name_bytes = 255;
/// The highest, 2^32 - 1, means nobody.
constexpr std::int64_t highest_id = 0xfffffffe;

Error refused(const std::string& why, const char* name) {
  return {.message = why + ": '" + printable(name == nullptr ? "" : name, shown_bytes) + "'"};
}

bool is_short(std::string_view path) {
  if (path.size() > path_bytes) return false;
  std::size_t run = 0;
  return std::ranges::none_of(path, [&run](char letter) {
    run = letter == '/' ? 0 : run + 1;
    return run > name_bytes;
  });
}

/// Text of one line, as it is written.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= path_bytes && std::ranges::none_of(text, [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
  });
}

std::optional<char> letter_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return 'h';
  switch (archive_entry_filetype(entry)) {
  case AE_IFREG:
    return 'f';
  case AE_IFDIR:
    return 'd';
  case AE_IFLNK:
    return 'l';
  case AE_IFCHR:
    return 'c';
  case AE_IFBLK:
    return 'b';
  case AE_IFIFO:
    return 'p';
  default:
    return std::nullopt;
  }
}

/// Where a link leads: of a hard link a member's path, of a symlink any text; empty for what is no link.
Result<std::string> target_of(archive_entry* entry, char letter) {
  const char* name = archive_entry_pathname(entry);
  if (letter == 'h') {
    const char* written = archive_entry_hardlink(entry);
    const auto path = inner_path(written == nullptr ? "" : written);
    if (!path || path->empty()) return refused("it has a hard link to what is outside of the archive", name);
    return *path;
  }
  if (letter != 'l') return std::string();
  const char* written = archive_entry_symlink(entry);
  if (written == nullptr || !is_plain(written)) return refused("it has a symlink with an odd target", name);
  return std::string(written);
}

Result<void> write_entry(ArchiveReader& tar, archive_entry* entry, BoundedOutput& output) {
  const char* written = archive_entry_pathname(entry);
  const auto path = inner_path(written == nullptr ? "" : written);
  if (!path) return refused("it has a member whose name leaves the archive", written);
  if (!is_short(*path)) return refused("it has a member with too long a name", written);
  const auto letter = letter_of(entry);
  if (!letter) return refused("it has a member of an unknown kind", written);
  const std::string target = TRY(target_of(entry, *letter));
  const std::int64_t uid = archive_entry_uid(entry);
  const std::int64_t gid = archive_entry_gid(entry);
  if (uid < 0 || gid < 0 || uid > highest_id || gid > highest_id)
    return refused("it has a member of an owner that cannot be", written);
  const std::int64_t mtime = std::clamp<std::int64_t>(archive_entry_mtime(entry), 0, UINT32_MAX);
  std::string words(1, *letter);
  for (const std::uint64_t number :
       {std::uint64_t{archive_entry_perm(entry)}, static_cast<std::uint64_t>(uid), static_cast<std::uint64_t>(gid),
        static_cast<std::uint64_t>(mtime), std::uint64_t{archive_entry_rdevmajor(entry)},
        std::uint64_t{archive_entry_rdevminor(entry)}})
    words += " " + std::to_string(number);
  words += "\t" + *path + "\t" + target;
  const bool has_content = *letter == 'f';
  const auto size = has_content ? static_cast<std::uint64_t>(archive_entry_size(entry)) : 0;
  if (has_content) return write_member(tar, words, size, output);
  const std::string line = "0 " + words + "\n";
  TRY(output.write(std::as_bytes(std::span(line))));
  return skip_member(tar, output);
}

} // namespace

Result<void> unpack_tar(std::size_t limit_members, BoundedOutput& output) {
  std::vector<std::byte> buffer(buffer_bytes);
  const auto tar = TRY(ArchiveReader::create(ArchiveReader::Format::tar, "", read_descriptor(STDIN_FILENO, buffer)));
  std::size_t members = 0;
  for (archive_entry* entry = TRY(tar->next()); entry != nullptr; entry = TRY(tar->next())) {
    if (++members > limit_members) return Error{.message = "it has more members than are allowed"};
    TRY(output.count(header_bytes));
    TRY(write_entry(*tar, entry, output));
  }
  // What follows the archive's end is padding, and whoever writes it may be waiting to.
  const ByteSource source = read_descriptor(STDIN_FILENO, buffer);
  for (auto bytes = TRY(source()); !bytes.empty(); bytes = TRY(source()))
    TRY(output.count(bytes.size()));
  return {};
}

} // namespace volt
