// Ending the machine, and hearing that somebody wants it ended.
#pragma once

#include "acpi.h"

/** Enters S5 by the FADT's SLEEP_CONTROL register and the DSDT's \_S5. Returns, having said why, only where that cannot
 * be done. */
void power_off(const struct acpi* acpi);

/** Tells the pvpanic device that this guest has crashed. Returns where there is no such device. */
void report_panic(void);

/** Waits in HLT until the power button is pressed: the generic event device's interrupt, then its event register. */
void wait_for_power_button(void);
