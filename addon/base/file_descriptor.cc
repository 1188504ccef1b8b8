// Owned descriptors: closing, duplicating, eventfd.
#include "base/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"

namespace volt {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<FileDescriptor> FileDescriptor::duplicate(int descriptor) {
  const int copy = fault::strikes() ? (errno = ENOMEM, -1) : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return host_error(errno, "duplicate descriptor " + std::to_string(descriptor));
  return FileDescriptor(copy);
}

Result<FileDescriptor> FileDescriptor::event_counter(unsigned count) {
  const int counter = fault::strikes() ? (errno = ENOMEM, -1) : eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK);
  if (counter < 0) return host_error(errno, "create an event counter (eventfd)");
  return FileDescriptor(counter);
}

int look_at(int descriptor, struct stat& status) {
  return static_cast<int>(syscall(SYS_fstat, descriptor, &status));
}

} // namespace volt
