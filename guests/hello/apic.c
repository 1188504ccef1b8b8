// Intel SDM vol. 3 chapter 11 (local APIC); 82093AA data sheet (I/O APIC).
#include "apic.h"

#include "layout.h"

enum { // byte offsets in the local APIC's window
  END_OF_INTERRUPT = 0xb0,
  SPURIOUS_VECTOR = 0xf0,
  INTERRUPT_COMMAND = 0x300,
  INTERRUPT_COMMAND_HIGH = 0x310,
  LVT_TIMER = 0x320,
  TIMER_INITIAL_COUNT = 0x380,
  TIMER_CURRENT_COUNT = 0x390,
  TIMER_DIVIDE = 0x3e0,
};
enum { APIC_ENABLED = 0x100 };                                                            // SPURIOUS_VECTOR
enum { DELIVERY_INIT = 0x500, DELIVERY_STARTUP = 0x600, ASSERT = 0x4000, BUSY = 0x1000 }; // INTERRUPT_COMMAND
enum { DIVIDE_BY_ONE = 0xb, COUNTS_PER_MILLISECOND = 1000000 };

enum { IO_SELECT = 0x00, IO_WINDOW = 0x10, IO_REDIRECTION = 0x10 };

static volatile uint32_t* local(uint32_t offset) {
  return (volatile uint32_t*)(uintptr_t)(LOCAL_APIC_WINDOW + offset);
}

static void write_io(uint32_t index, uint32_t value) {
  *(volatile uint32_t*)(uintptr_t)(IO_APIC_WINDOW + IO_SELECT) = index;
  *(volatile uint32_t*)(uintptr_t)(IO_APIC_WINDOW + IO_WINDOW) = value;
}

uint32_t local_apic_id(void) {
  return *local(LOCAL_APIC_ID_REGISTER) >> 24;
}

void enable_local_apic(void) {
  *local(SPURIOUS_VECTOR) = APIC_ENABLED | VECTOR_SPURIOUS;
}

void end_of_interrupt(void) {
  *local(END_OF_INTERRUPT) = 0;
}

void send_ipi(enum ipi kind, uint32_t apic_id, uint32_t page) {
  uint32_t command = kind == IPI_INIT      ? DELIVERY_INIT | ASSERT
                     : kind == IPI_STARTUP ? DELIVERY_STARTUP | ASSERT | page
                                           : ASSERT | VECTOR_ANSWER;
  *local(INTERRUPT_COMMAND_HIGH) = apic_id << 24;
  *local(INTERRUPT_COMMAND) = command;
  while (*local(INTERRUPT_COMMAND) & BUSY) {
  }
}

void start_timer(uint32_t milliseconds) {
  *local(TIMER_DIVIDE) = DIVIDE_BY_ONE;
  *local(LVT_TIMER) = VECTOR_TIMER;
  *local(TIMER_INITIAL_COUNT) = milliseconds * COUNTS_PER_MILLISECOND;
}

bool timer_expired(void) {
  return *local(TIMER_CURRENT_COUNT) == 0;
}

void stop_timer(void) {
  *local(TIMER_INITIAL_COUNT) = 0;
}

void route_interrupt(uint32_t pin, uint8_t vector, uint32_t apic_id) {
  write_io(IO_REDIRECTION + 2 * pin + 1, apic_id << 24);
  write_io(IO_REDIRECTION + 2 * pin, vector);
}
