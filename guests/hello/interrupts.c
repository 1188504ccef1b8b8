// Interrupt descriptor table. Its entries lead to the stubs in interrupts.S.
#include "interrupts.h"

#include <stdbool.h>

#include "console.h"
#include "layout.h"

// Intel SDM vol. 3 §6.14.1, 64-bit interrupt gate, in two words: a field at a time, the table would take a twentieth of
// the guest's instructions.
struct gate {
  uint64_t low;  // offset 15:0, selector, type, offset 31:16
  uint64_t high; // offset 63:32
};

struct __attribute__((packed)) table_pointer {
  uint16_t limit;
  uint64_t base;
};

#define GATE_OF_SELECTOR ((uint64_t)0x8e00 << 32 | CODE_SELECTOR << 16) // present, an interrupt gate

static struct gate table[256];

extern const char exception_stubs[];
void on_timer(void);
void on_answer(void);
void on_uart(void);
void on_event(void);
void on_spurious(void);

/** Handlers are where the image is, below 4 GiB. */
static void set_gate(uint32_t vector, uintptr_t handler) {
  table[vector].low = (uint64_t)(handler >> 16) << 48 | GATE_OF_SELECTOR | (uint16_t)handler;
}

void build_interrupt_table(void) {
  for (uint32_t vector = 0; vector < EXCEPTION_COUNT; vector++)
    set_gate(vector, (uintptr_t)exception_stubs + vector * EXCEPTION_STUB_SIZE);
  set_gate(VECTOR_TIMER, (uintptr_t)on_timer);
  set_gate(VECTOR_ANSWER, (uintptr_t)on_answer);
  set_gate(VECTOR_UART, (uintptr_t)on_uart);
  set_gate(VECTOR_EVENT, (uintptr_t)on_event);
  set_gate(VECTOR_SPURIOUS, (uintptr_t)on_spurious);
}

void load_interrupt_table(void) {
  struct table_pointer pointer = {.limit = sizeof(table) - 1, .base = (uintptr_t)table};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

/** Says what happened and shuts the processor down: a second fault without a table is a triple fault. */
_Noreturn void exception(uint32_t vector, const uint64_t* frame) {
  // Vectors 8, 10-14, 17, 21, 29 and 30 push an error code below RIP (SDM vol. 3 §6.13).
  bool has_error_code = (1u << vector) & 0x60227d00u;
  print("\r\nhello: exception %u at rip 0x%lx, error code 0x%lx\r\n", vector, frame[has_error_code],
        has_error_code ? frame[0] : 0);
  struct table_pointer none = {0};
  __asm__ volatile("lidt %0; ud2" : : "m"(none));
  __builtin_unreachable();
}

_Noreturn void halt_forever(void) {
  for (;;)
    __asm__ volatile("cli; hlt");
}
