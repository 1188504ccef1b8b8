// The counter behind the injected failures.
#include "base/fault.h"

namespace volt::fault {

#ifdef VOLT_FAULT_INJECTION
namespace {
thread_local unsigned failing_step = 0;
thread_local unsigned taken_steps = 0;
} // namespace

void arm(unsigned nth) {
  failing_step = nth;
  taken_steps = 0;
}

unsigned steps() {
  return taken_steps;
}

bool strikes() {
  return ++taken_steps == failing_step;
}
#endif

} // namespace volt::fault
