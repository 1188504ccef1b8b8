// The console: the first serial port.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Finds the UART and turns its FIFOs on. Without one (console: none) nothing is printed. */
void open_console(void);

/** Writes bytes as they are. */
void write_console(const char* bytes, size_t length);

/**
 * Prints text as it is, so that lines end in CR LF. Knows %s (left-aligned), %u, %x and %lx, with an optional width
 * and, for numbers, a `0` before it for padding with zeros. By string instructions, and a piece at a time: where the
 * processor is emulated, printing was three quarters of what the guest takes.
 */
__attribute__((format(printf, 1, 2))) void print(const char* format, ...);

/** Asks the UART for an interrupt when input arrives. */
void enable_console_interrupt(void);

/** The next byte of input, or -1 when there is none. */
int read_console(void);
