// Interrupt descriptor table, waiting, and the end of a guest that went wrong.
#pragma once

#include <stdint.h>

/** Builds the table that all processors share. Once, before load_interrupt_table. */
void build_interrupt_table(void);

/** Points the calling processor at the table. */
void load_interrupt_table(void);

/** Halts until an interrupt comes and returns its vector. Only the bootstrap processor waits; the caller sends the EOI.
 */
uint32_t wait_for_interrupt(void);

/** Halts the calling processor for good. */
_Noreturn void halt_forever(void);
