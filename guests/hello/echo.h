// Sends serial input back.
#pragma once

#include "mp_table.h"

/**
 * Echoes input until Ctrl-D, waiting in HLT for the UART's interrupt. `table` says how ISA IRQ 4 reaches the I/O APIC;
 * NULL means pin 4.
 */
void echo_input(const struct mp_header* table);
