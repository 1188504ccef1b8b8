// Sleep by ACPI 6.4 §4.8.3.7 and §7.4.2; the ports that only the DSDT's code names are those of src/plan/devices.ts.
#include "power.h"

#include "apic.h"
#include "bytes.h"
#include "console.h"
#include "interrupts.h"
#include "io.h"
#include "layout.h"

enum { SLEEP_TYPE_SHIFT = 2, SLEEP_ENABLE = 0x20 }; // SLEEP_CONTROL
enum { PANIC_PORT = 0x505, PANICKED = 0x01 };
enum { EVENT_PORT = 0x603, POWER_BUTTON = 0x01, EVENT_GSI = 9 };
enum { AML_ZERO = 0x00, AML_ONE = 0x01, AML_NAME = 0x08, AML_BYTE = 0x0a, AML_PACKAGE = 0x12 }; // §20.3

/** First element of the package \_S5, which is its SLP_TYP (§7.4.2); -1 where the DSDT has none that is read here. */
static int sleep_type_s5(const struct acpi_header* dsdt) {
  enum { NAME_SIZE = 4, LONGEST = 1 + NAME_SIZE + 1 + 4 + 1 + 2 };
  const uint8_t* end = (const uint8_t*)dsdt + dsdt->length;
  for (const uint8_t* p = (const uint8_t*)(dsdt + 1); end - p >= LONGEST; p++) {
    if (*p != AML_NAME || !begins_with((const char*)p + 1, "_S5_") || p[1 + NAME_SIZE] != AML_PACKAGE) continue;
    const uint8_t* length = p + 1 + NAME_SIZE + 1;
    const uint8_t* element = length + 1 + (*length >> 6) + 1; // behind the length and the count of elements
    if (*element == AML_ZERO || *element == AML_ONE) return *element;
    return *element == AML_BYTE ? element[1] : -1;
  }
  return -1;
}

void power_off(const struct acpi* acpi) {
  int type = acpi->dsdt == NULL ? -1 : sleep_type_s5(acpi->dsdt);
  if (type < 0) {
    print("hello: no \\_S5 in ACPI to power off by\r\n");
    return;
  }
  const struct acpi_register* control = &acpi->fadt->sleep_control;
  if (control->space != ACPI_SYSTEM_IO || control->address == 0 || control->address > UINT16_MAX) {
    print("hello: no SLEEP_CONTROL register to power off by\r\n");
    return;
  }
  print("hello: powering off\r\n");
  out8((uint16_t)control->address, (uint8_t)(type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
  halt_forever();
}

void report_panic(void) {
  print("hello: reporting a panic\r\n");
  out8(PANIC_PORT, PANICKED);
}

void wait_for_power_button(void) {
  enter_symmetric_mode();
  route_interrupt(EVENT_GSI, VECTOR_EVENT, local_apic_id());
  // The line is edge-triggered: a press from before the route was set is only in the register.
  while (!(in8(EVENT_PORT) & POWER_BUTTON)) {
    wait_for_interrupt();
    end_of_interrupt();
  }
}
