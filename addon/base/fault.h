// Test seam: makes the n-th step that asks the host for something fail, so that every way out of a construction is run.
#pragma once

namespace volt::fault {

#ifdef VOLT_FAULT_INJECTION
/// Makes the `nth` step from now (1 is the next) of the calling thread fail with ENOMEM; 0 lets all pass. Restarts the
/// count.
void arm(unsigned nth);
/// Steps that the calling thread took since arm().
[[nodiscard]] unsigned steps();
/// Counts a step; whether it has to fail.
[[nodiscard]] bool strikes();
#else
[[nodiscard]] constexpr bool strikes() {
  return false;
}
#endif

} // namespace volt::fault
