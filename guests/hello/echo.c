// Echo by interrupt: ISA IRQ 4 through the I/O APIC in symmetric mode.
#include "echo.h"

#include "apic.h"
#include "console.h"
#include "interrupts.h"
#include "layout.h"

enum { UART_IRQ = 4, CTRL_D = 0x04 };

static uint32_t pin_of(const struct mp_header* table, uint8_t irq) {
  const struct mp_interrupt* line = NULL;
  while (table != NULL && (line = next_mp_entry(table, MP_IO_INTERRUPT, line)) != NULL)
    if (line->kind == MP_INT && line->source_irq == irq) return line->pin;
  return irq;
}

/** Sends back what has arrived. False at Ctrl-D. */
static bool echo_arrived(void) {
  int byte;
  while ((byte = read_console()) >= 0) {
    if (byte == CTRL_D) return false;
    char bytes[2] = {(char)byte, '\n'};
    write_console(bytes, byte == '\r' ? 2 : 1);
  }
  return true;
}

void echo_input(const struct mp_header* table) {
  enter_symmetric_mode();
  route_interrupt(pin_of(table, UART_IRQ), VECTOR_UART, local_apic_id());
  enable_console_interrupt();
  // The line is edge-triggered: everything that has arrived is taken before the next wait.
  while (echo_arrived()) {
    wait_for_interrupt();
    end_of_interrupt();
  }
}
