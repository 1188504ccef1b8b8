// Starting the processors that the MP table names.
#pragma once

#include <stdint.h>

#include "mp_table.h"

struct processor_count {
  uint32_t answered;
  uint32_t expected;
};

/**
 * Starts every enabled application processor of the table, one after the other; each prints its line itself. Without a
 * table only the bootstrap processor is there. `low_page` is free memory below 1 MiB, 4 KiB aligned; 0: none.
 */
struct processor_count start_processors(const struct mp_header* table, uint32_t low_page);
