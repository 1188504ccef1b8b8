// Intel SDM vol. 3 chapter 11 (local APIC); 82093AA data sheet (I/O APIC).
#include "apic.h"

#include "io.h"
#include "layout.h"

enum { // byte offsets in the local APIC's window; its MSRs follow from them
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
enum { HIGHEST_XAPIC_ID = 254 }; // 255 is the broadcast id

enum { IO_SELECT = 0x00, IO_WINDOW = 0x10, IO_REDIRECTION = 0x10 };
enum { IMCR_SELECT = 0x22, IMCR_DATA = 0x23, IMCR = 0x70, IMCR_APIC = 0x01 }; // MPS 1.4 §3.6.2.1
enum { PIC1_DATA = 0x21, PIC2_DATA = 0xa1, PIC_MASK_ALL = 0xff };

/** Of all processors; written by the bootstrap processor before it starts another, read by trampoline.S. */
bool x2apic_mode;

static volatile uint32_t* local(uint32_t offset) {
  return (volatile uint32_t*)(uintptr_t)(LOCAL_APIC_WINDOW + offset);
}

static uint32_t read_local(uint32_t offset) {
  return x2apic_mode ? (uint32_t)read_msr(MSR_X2APIC + offset / 16) : *local(offset);
}

static void write_local(uint32_t offset, uint32_t value) {
  if (x2apic_mode)
    write_msr(MSR_X2APIC + offset / 16, value);
  else
    *local(offset) = value;
}

static void write_io(uint32_t index, uint32_t value) {
  *(volatile uint32_t*)(uintptr_t)(IO_APIC_WINDOW + IO_SELECT) = index;
  *(volatile uint32_t*)(uintptr_t)(IO_APIC_WINDOW + IO_WINDOW) = value;
}

static bool has_x2apic(void) {
  enum { X2APIC = 1 << 21 };
  return read_cpuid(1, 0).ecx & X2APIC;
}

uint32_t highest_reachable_apic_id(void) {
  return x2apic_mode ? UINT32_MAX - 1 : HIGHEST_XAPIC_ID;
}

void enter_x2apic_mode(void) {
  if (!has_x2apic()) return;
  write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
  x2apic_mode = true;
}

uint32_t local_apic_id(void) {
  uint32_t id = read_local(LOCAL_APIC_ID_REGISTER);
  return x2apic_mode ? id : id >> 24;
}

void enable_local_apic(void) {
  write_local(SPURIOUS_VECTOR, APIC_ENABLED | VECTOR_SPURIOUS);
}

void end_of_interrupt(void) {
  write_local(END_OF_INTERRUPT, 0);
}

void send_ipi(enum ipi kind, uint32_t apic_id, uint32_t page) {
  uint32_t command = kind == IPI_INIT      ? DELIVERY_INIT | ASSERT
                     : kind == IPI_STARTUP ? DELIVERY_STARTUP | ASSERT | page
                                           : ASSERT | VECTOR_ANSWER;
  if (x2apic_mode) {
    // A write to an x2APIC register waits for no earlier store (SDM vol. 3 §11.12.3); a locked one makes them visible.
    __asm__ volatile("lock orq $0, (%%rsp)" : : : "memory", "cc");
    write_msr(MSR_X2APIC + INTERRUPT_COMMAND / 16, (uint64_t)apic_id << 32 | command);
    return;
  }
  *local(INTERRUPT_COMMAND_HIGH) = apic_id << 24;
  *local(INTERRUPT_COMMAND) = command;
  while (*local(INTERRUPT_COMMAND) & BUSY) {
  }
}

void start_timer(uint32_t milliseconds) {
  write_local(TIMER_DIVIDE, DIVIDE_BY_ONE);
  write_local(LVT_TIMER, VECTOR_TIMER);
  write_local(TIMER_INITIAL_COUNT, milliseconds * COUNTS_PER_MILLISECOND);
}

bool timer_expired(void) {
  return read_local(TIMER_CURRENT_COUNT) == 0;
}

void stop_timer(void) {
  write_local(TIMER_INITIAL_COUNT, 0);
}

void enter_symmetric_mode(void) {
  out8(PIC1_DATA, PIC_MASK_ALL);
  out8(PIC2_DATA, PIC_MASK_ALL);
  out8(IMCR_SELECT, IMCR);
  out8(IMCR_DATA, IMCR_APIC);
}

void route_interrupt(uint32_t pin, uint8_t vector, uint32_t apic_id) {
  write_io(IO_REDIRECTION + 2 * pin + 1, apic_id << 24);
  write_io(IO_REDIRECTION + 2 * pin, vector);
}
