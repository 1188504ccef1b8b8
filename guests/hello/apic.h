// The local APIC of the calling processor, through its memory window or in x2APIC mode, and the first I/O APIC.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Id of the calling processor. */
uint32_t local_apic_id(void);

/** Highest id that an interrupt can be sent to: 8 bits without x2APIC mode. */
uint32_t highest_reachable_apic_id(void);

/**
 * Puts the calling processor's local APIC into x2APIC mode, and with it every processor started later. Nothing happens
 * on a processor without that mode.
 */
void enter_x2apic_mode(void);

/** Turns the calling processor's local APIC on. */
void enable_local_apic(void);

/** Ends the handling of the interrupt that was taken last. */
void end_of_interrupt(void);

enum ipi { IPI_INIT, IPI_STARTUP, IPI_ANSWER };

/** Sends one interrupt to one processor. `page` is the start address of IPI_STARTUP in units of 4 KiB, below 1 MiB. */
void send_ipi(enum ipi kind, uint32_t apic_id, uint32_t page);

/** Raises VECTOR_TIMER once. The timer counts at 1 GHz under KVM and QEMU; elsewhere the time is not exact. */
void start_timer(uint32_t milliseconds);
bool timer_expired(void);
void stop_timer(void);

/** Hands interrupts of the 8259 pair over to the I/O APIC. */
void enter_symmetric_mode(void);

/** Routes an edge-triggered, active-high interrupt of the first I/O APIC to a processor. */
void route_interrupt(uint32_t pin, uint8_t vector, uint32_t apic_id);
