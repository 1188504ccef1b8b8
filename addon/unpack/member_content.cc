// Read to the member's end, counted against the limit.
#include "unpack/member_content.h"

#include <span>

#include "base/encoding.h"

namespace volt {

namespace {

constexpr std::size_t shown_bytes = 200;

} // namespace

Result<void> write_member(ArchiveReader& archive, const std::string& words, std::uint64_t size, BoundedOutput& output) {
  const std::string line = std::to_string(size) + " " + words + "\n";
  TRY(output.write(std::as_bytes(std::span(line))));
  std::uint64_t written = 0;
  for (auto bytes = TRY(archive.read()); !bytes.empty(); bytes = TRY(archive.read())) {
    written += bytes.size();
    if (written > size) break;
    TRY(output.write(bytes));
  }
  if (written == size) return {};
  return Error{.message = "a file has another size than its header says: " + printable(words, shown_bytes)};
}

Result<void> skip_member(ArchiveReader& archive, BoundedOutput& output) {
  for (auto bytes = TRY(archive.read()); !bytes.empty(); bytes = TRY(archive.read()))
    TRY(output.count(bytes.size()));
  return {};
}

} // namespace volt
