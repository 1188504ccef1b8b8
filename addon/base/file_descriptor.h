// An owned file descriptor.
#pragma once

#include <sys/stat.h>
#include <utility>

#include "base/result.h"

namespace volt {

class FileDescriptor {
public:
  FileDescriptor() = default;
  /// Takes ownership.
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  /// A close-on-exec duplicate; the caller keeps its own.
  [[nodiscard]] static Result<FileDescriptor> duplicate(int descriptor);
  /// A non-blocking eventfd counter.
  [[nodiscard]] static Result<FileDescriptor> event_counter(unsigned count = 0);

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool valid() const { return descriptor_ >= 0; }
  /// The caller's from now on.
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }

private:
  int descriptor_ = -1;
};

/// fstat by the system call of that name: glibc's takes newfstatat, which could as well look at paths, so that no
/// filter lets it pass. 0, or -1 with errno.
[[nodiscard]] int look_at(int descriptor, struct stat& status);

} // namespace volt
