// The hello guest: looks at the machine as an operating system does, starts every processor, says what it found, and
// resets.
#include "apic.h"
#include "boot_params.h"
#include "console.h"
#include "echo.h"
#include "interrupts.h"
#include "io.h"
#include "layout.h"
#include "mp_table.h"
#include "processors.h"
#include "topology.h"

enum { I8042_COMMAND = 0x64, I8042_PULSE_RESET = 0xfe };

static void print_machine(void) {
  char brand[49], hypervisor[13];
  read_brand(brand);
  read_hypervisor(hypervisor);
  print("\nHello from a Volt microVM\n\n");
  print("Processor     %s%s%s\n", *brand == '\0' ? "(without a name)" : brand, *hypervisor == '\0' ? "" : ", under ",
        hypervisor);
}

/** Copies a field of the table that is padded with spaces and ends it with a zero. */
static void trim(char* target, const char* field, size_t length) {
  while (length > 0 && field[length - 1] == ' ')
    length--;
  copy(target, field, length);
  target[length] = '\0';
}

static void print_interrupts(const struct mp_header* table) {
  uint32_t ordinary = 0, external = 0;
  const struct mp_interrupt* line = NULL;
  while ((line = next_mp_entry(table, MP_IO_INTERRUPT, line)) != NULL) {
    ordinary += line->kind == MP_INT;
    external += line->kind == MP_EXTINT;
  }
  const struct mp_bus* bus = next_mp_entry(table, MP_BUS, NULL);
  char name[sizeof(bus->name) + 1] = "no";
  if (bus != NULL) trim(name, bus->name, sizeof(bus->name));
  print("Interrupts    %s bus, %u INT and %u ExtINT lines\n", name, ordinary, external);
}

/** Prints the table but for its processors. NULL when there is none. */
static const struct mp_header* print_mp_table(void) {
  const struct mp_pointer* pointer = find_mp_pointer();
  const struct mp_header* table = pointer == NULL ? NULL : mp_configuration(pointer);
  if (table == NULL) {
    print("MP table      %s\n", pointer == NULL ? "not found" : "its configuration is damaged");
    return NULL;
  }
  char oem[sizeof(table->oem) + 1], product[sizeof(table->product) + 1];
  trim(oem, table->oem, sizeof(table->oem));
  trim(product, table->product, sizeof(table->product));
  print("MP table      pointer 0x%lx, configuration 0x%x: %u bytes, %u entries, version 1.%u\n", (uintptr_t)pointer,
        pointer->configuration, table->length, table->entry_count, table->revision);
  print("              OEM %s, product %s, local APICs at 0x%x\n", oem, product, table->local_apic);
  const struct mp_io_apic* io = NULL;
  while ((io = next_mp_entry(table, MP_IO_APIC, io)) != NULL)
    print("I/O APIC      id %u, version 0x%x, at 0x%x\n", io->id, io->version, io->address);
  print_interrupts(table);
  return table;
}

/** Entered by entry.S. `boot_params` is the zero page. */
_Noreturn void hello(const uint8_t* boot_params) {
  build_interrupt_table();
  load_interrupt_table();
  enable_local_apic();
  open_console();

  print_machine();
  print_boot_params(boot_params);
  const struct mp_header* table = print_mp_table();
  uint32_t low_page = find_low_page(boot_params);
  struct processor_count count = start_processors(table, low_page);
  print("\nhello: %u of %u processors answered\n", count.answered, count.expected);

  if (has_word(boot_params, "echo")) {
    print("hello: echoing input until Ctrl-D\n");
    echo_input(table);
  } else if (has_word(boot_params, "stay")) {
    print("hello: staying, idle in HLT\n");
    halt_forever();
  }
  out8(I8042_COMMAND, I8042_PULSE_RESET);
  halt_forever();
}
