// write(2).
#include "unpack/bounded_output.h"

#include <cerrno>
#include <unistd.h>

namespace volt {

Result<void> BoundedOutput::count(std::size_t bytes) {
  if (bytes > left_bytes_) return Error{.message = "it unpacks to more than is allowed"};
  left_bytes_ -= bytes;
  return {};
}

Result<void> BoundedOutput::write(std::span<const std::byte> bytes) {
  TRY(count(bytes.size()));
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error(errno, "write what was unpacked");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

} // namespace volt
