// What the firmware's tables say, but for their processors.
#pragma once

#include "acpi.h"
#include "mp_table.h"

/** Prints what read_acpi found. */
void print_acpi(const struct acpi* acpi);

/** Finds the MP table and prints it. NULL when there is none. */
const struct mp_header* print_mp_table(void);
