// Prints ACPI and MP tables in the layout of the guest's report.
#include "print_tables.h"

#include "bytes.h"
#include "console.h"
#include "io.h"

static void print_table_name(const struct acpi_header* table) {
  char name[sizeof(table->signature) + 1];
  trim(name, table->signature, sizeof(table->signature));
  print("%s %u bytes", name, table->length);
}

/** The tables, on a line of their own. */
static void print_acpi_tables(const struct acpi* acpi) {
  print("%14s", "");
  for (uint32_t i = 0; i < acpi_table_count(acpi->xsdt); i++) {
    uint64_t address = acpi_table_address(acpi->xsdt, i);
    if (address != acpi->damaged) {
      print_table_name(at(address));
      print(", ");
    }
  }
  if (acpi->dsdt != NULL)
    print_table_name(acpi->dsdt);
  else
    print("no DSDT");
  print("\r\n");
}

static void print_acpi_interrupts(const struct acpi_madt* madt) {
  const struct madt_io_apic* io = NULL;
  while ((io = next_madt_entry(madt, MADT_IO_APIC, sizeof(*io), io)) != NULL)
    print("I/O APIC      id %u, at 0x%x, from GSI %u\r\n", io->id, io->address, io->gsi_base);
}

void print_acpi(const struct acpi* acpi) {
  if (acpi->root == NULL) {
    print("ACPI          not found\r\n");
    return;
  }
  print("ACPI          root pointer 0x%lx, XSDT 0x%lx, revision %u\r\n", (uintptr_t)acpi->root, acpi->root->xsdt,
        acpi->root->revision);
  if (acpi->damaged != 0) print("%14sthe table at 0x%lx is damaged\r\n", "", acpi->damaged);
  if (acpi->xsdt == NULL) return;
  print_acpi_tables(acpi);
  char oem[sizeof(acpi->xsdt->oem) + 1], table[sizeof(acpi->xsdt->oem_table) + 1];
  trim(oem, acpi->xsdt->oem, sizeof(acpi->xsdt->oem));
  trim(table, acpi->xsdt->oem_table, sizeof(acpi->xsdt->oem_table));
  print("%14sOEM %s, product %s", "", oem, table);
  if (acpi->madt != NULL) print(", local APICs at 0x%x", acpi->madt->local_apic);
  print("\r\n");
  if (acpi->madt != NULL) print_acpi_interrupts(acpi->madt);
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
  print("Interrupts    %s bus, %u INT and %u ExtINT lines\r\n", name, ordinary, external);
}

const struct mp_header* print_mp_table(void) {
  const struct mp_pointer* pointer = find_mp_pointer();
  const struct mp_header* table = pointer == NULL ? NULL : mp_configuration(pointer);
  if (table == NULL) {
    print("MP table      %s\r\n", pointer == NULL ? "not found" : "its configuration is damaged");
    return NULL;
  }
  char oem[sizeof(table->oem) + 1], product[sizeof(table->product) + 1];
  trim(oem, table->oem, sizeof(table->oem));
  trim(product, table->product, sizeof(table->product));
  print("MP table      pointer 0x%lx, configuration 0x%x: %u bytes, %u entries, version 1.%u\r\n", (uintptr_t)pointer,
        pointer->configuration, table->length, table->entry_count, table->revision);
  print("              OEM %s, product %s, local APICs at 0x%x\r\n", oem, product, table->local_apic);
  const struct mp_io_apic* io = NULL;
  while ((io = next_mp_entry(table, MP_IO_APIC, io)) != NULL)
    print("I/O APIC      id %u, version 0x%x, at 0x%x\r\n", io->id, io->version, io->address);
  print_interrupts(table);
  return table;
}
