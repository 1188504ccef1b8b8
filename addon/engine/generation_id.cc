// Fresh random bytes from the host.
#include "engine/generation_id.h"

#include <cassert>
#include <cerrno>
#include <sys/random.h>

#include "base/fault.h"

namespace volt {

Result<void> write_generation_id(GuestAddress address, const GuestMemory& memory) {
  const auto target = memory.at({.start = address, .size_bytes = generation_id_bytes});
  assert(target); // check_plan() saw to it
  ssize_t count = 0;
  do {
    count = fault::strikes() ? (errno = ENOMEM, -1) : getrandom(target->data(), target->size(), 0);
  } while (count < 0 && errno == EINTR);
  // Up to 256 bytes come whole (getrandom(2)).
  if (count != static_cast<ssize_t>(target->size())) return host_error(errno, "make a VM generation id (getrandom)");
  return {};
}

} // namespace volt
