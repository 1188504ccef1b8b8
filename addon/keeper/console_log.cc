// openat(2), renameat(2).
#include "keeper/console_log.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace volt {

namespace {

constexpr const char* name = "console.log";
constexpr const char* older_name = "console.log.1";

} // namespace

Result<void> ConsoleLog::start() {
  unlinkat(directory_, older_name, 0);
  unlinkat(directory_, name, 0);
  return open_new();
}

std::size_t ConsoleLog::write(std::span<const char> bytes) {
  if (size_bytes_ > 0 && size_bytes_ + bytes.size() > maximum_bytes_) rotate();
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size_bytes_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return bytes.size();
}

Result<void> ConsoleLog::open_new() {
  FileDescriptor file(openat(directory_, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return host_error(errno, "make console.log");
  file_ = std::move(file);
  size_bytes_ = 0;
  return {};
}

/// Where there is no room for a new file, the one that is there goes on.
void ConsoleLog::rotate() {
  if (renameat(directory_, name, directory_, older_name) != 0 && errno != ENOENT) return;
  if (!open_new().ok()) renameat(directory_, older_name, directory_, name);
}

} // namespace volt
