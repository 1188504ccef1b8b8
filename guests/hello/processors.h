// Starting the processors that the tables name.
#pragma once

#include <stdint.h>

#include "processor_list.h"

struct processor_count {
  uint32_t answered;
  uint32_t expected;
};

/**
 * Starts every application processor of the list, one after the other; each prints its line itself. From an empty list
 * only the bootstrap processor is there. `low_page` is free memory below 1 MiB, 4 KiB aligned; 0: none.
 * Turns x2APIC mode on for all where an id needs it.
 */
struct processor_count start_processors(const struct processor_list* list, uint32_t low_page);
