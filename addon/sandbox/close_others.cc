// close_range(2).
#include "sandbox/close_others.h"

#include <climits>
#include <sys/syscall.h>
#include <unistd.h>

namespace volt {

bool close_all_but(std::span<const int> kept) {
  int next = 0;
  for (const int descriptor : kept) {
    if (next < descriptor && syscall(SYS_close_range, next, descriptor - 1, 0) != 0) return false;
    next = descriptor + 1;
  }
  return syscall(SYS_close_range, next, INT_MAX, 0) == 0;
}

} // namespace volt
