// ioctl with its errors.
#include "kvm/ioctl.h"

#include <cerrno>
#include <sys/ioctl.h>

#include "base/fault.h"

namespace volt::kvm {

Result<int> call(int descriptor, unsigned long request, unsigned long argument, std::string_view attempted,
                 OnInterrupt on_interrupt) {
  int result = 0;
  do {
    result = fault::strikes() ? (errno = ENOMEM, -1) : ioctl(descriptor, request, argument);
  } while (result < 0 && errno == EINTR && on_interrupt == OnInterrupt::retry);
  if (result < 0) return host_error(errno, attempted);
  return result;
}

Result<int> call(int descriptor, unsigned long request, void* argument, std::string_view attempted,
                 OnInterrupt on_interrupt) {
  // SAFETY: the kernel takes the argument as a word; each caller passes the structure that its request names.
  return call(descriptor, request, reinterpret_cast<unsigned long>(argument), attempted, on_interrupt);
}

} // namespace volt::kvm
