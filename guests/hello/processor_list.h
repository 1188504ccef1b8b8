// The processors that the firmware's tables name, whichever table that is.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "acpi.h"
#include "layout.h"
#include "mp_table.h"

struct listed_processor {
  uint32_t apic_id;
  uint32_t version; // of its local APIC, by the MP table
  uint32_t uid;     // by the MADT
  bool bootstrap;
};

enum processor_source { FROM_NOWHERE, FROM_MADT, FROM_MP_TABLE };

struct processor_list {
  enum processor_source source;
  uint32_t count;    // of the entries below
  uint32_t left_out; // enabled ones for which there was no room
  uint32_t highest_apic_id;
  struct listed_processor processors[PROCESSORS_MAX];
};

/** The enabled processors of the MADT or, without one, of the MP table, in its order. Each may be NULL. Call it once.
 */
const struct processor_list* list_processors(const struct acpi_madt* madt, const struct mp_header* mp_table);
