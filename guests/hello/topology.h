// Where a processor sits, by its own CPUID.
#pragma once

#include <stdint.h>

struct topology {
  uint32_t apic_id;
  uint32_t package;
  uint32_t core;   // in its package
  uint32_t thread; // in its core
};

/** The calling processor's place, from the best leaf it has. */
struct topology read_topology(void);

/** Name of the leaf that read_topology uses. */
const char* topology_source(void);

/** Brand string, 49 bytes with the zero; empty when the processor has none. */
void read_brand(char brand[49]);

/** Signature of the hypervisor, 13 bytes with the zero; empty when no hypervisor shows itself. */
void read_hypervisor(char signature[13]);
