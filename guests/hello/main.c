// The hello guest: looks at the machine as an operating system does, starts every processor, says what it found, and
// resets.
#include "apic.h"
#include "boot_params.h"
#include "console.h"
#include "echo.h"
#include "interrupts.h"
#include "io.h"
#include "layout.h"
#include "power.h"
#include "print_tables.h"
#include "processors.h"
#include "topology.h"

enum { I8042_COMMAND = 0x64, I8042_PULSE_RESET = 0xfe };

static void print_machine(void) {
  char brand[49], hypervisor[13];
  read_brand(brand);
  read_hypervisor(hypervisor);
  print("\r\nHello from a Volt microVM\r\n\r\n");
  print("Processor     %s%s%s\r\n", *brand == '\0' ? "(without a name)" : brand, *hypervisor == '\0' ? "" : ", under ",
        hypervisor);
}

/** Entered by entry.S. `boot_params` is the zero page. */
_Noreturn void hello(const uint8_t* boot_params) {
  build_interrupt_table();
  load_interrupt_table();
  enable_local_apic();
  open_console();

  print_machine();
  print_boot_params(boot_params);
  struct acpi acpi = {0};
  if (has_word(boot_params, "acpi=off")) {
    print("ACPI          left aside: acpi=off\r\n");
  } else {
    acpi = read_acpi(boot_params);
    print_acpi(&acpi);
  }
  const struct mp_header* mp_table = print_mp_table();
  const struct processor_list* list = list_processors(acpi.madt, mp_table);
  struct processor_count count = start_processors(list, find_low_page(boot_params));
  print("\r\nhello: %u of %u processors answered\r\n", count.answered, count.expected);

  if (has_word(boot_params, "echo")) {
    print("hello: echoing input until Ctrl-D\r\n");
    echo_input(list->source == FROM_MP_TABLE ? mp_table : NULL);
  } else if (has_word(boot_params, "stay")) {
    print("hello: staying, idle in HLT\r\n");
    if (!has_word(boot_params, "obey")) halt_forever();
    wait_for_power_button();
    print("hello: the power button was pressed\r\n");
    power_off(&acpi);
  }
  if (has_word(boot_params, "panic")) report_panic();
  if (has_word(boot_params, "poweroff")) power_off(&acpi);
  out8(I8042_COMMAND, I8042_PULSE_RESET);
  halt_forever();
}
