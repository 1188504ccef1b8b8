// One compressed stream.
#include <unistd.h>
#include <vector>

#include "unpack/archive_reader.h"
#include "unpack/unpack.h"

namespace volt {

namespace {

constexpr std::size_t buffer_bytes = 1 << 16;

} // namespace

Result<void> unpack_stream(std::string_view filter, BoundedOutput& output) {
  std::vector<std::byte> buffer(buffer_bytes);
  const auto reader =
      TRY(ArchiveReader::create(ArchiveReader::Format::raw, filter, read_descriptor(STDIN_FILENO, buffer)));
  if (TRY(reader->next()) == nullptr) return Error{.message = "it is empty"};
  for (;;) {
    const auto bytes = TRY(reader->read());
    if (bytes.empty()) return {};
    TRY(output.write(bytes));
  }
}

} // namespace volt
