// ACPI 6.4 tables, found and read as an operating system does.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// §5.2.5.3
struct __attribute__((packed)) acpi_root_pointer {
  char signature[8];
  uint8_t checksum; // of the first 20 bytes
  char oem[6];
  uint8_t revision;
  uint32_t rsdt;
  uint32_t length;
  uint64_t xsdt;
  uint8_t extended_checksum;
  uint8_t reserved[3];
};
_Static_assert(sizeof(struct acpi_root_pointer) == 36, "§5.2.5.3");

// §5.2.6
struct __attribute__((packed)) acpi_header {
  char signature[4];
  uint32_t length;
  uint8_t revision;
  uint8_t checksum;
  char oem[6];
  char oem_table[8];
  uint32_t oem_revision;
  char creator[4];
  uint32_t creator_revision;
};
_Static_assert(sizeof(struct acpi_header) == 36, "§5.2.6");

// §5.2.3.2
struct __attribute__((packed)) acpi_register {
  uint8_t space; // 1: I/O ports
  uint8_t bit_width;
  uint8_t bit_offset;
  uint8_t access_size;
  uint64_t address;
};
_Static_assert(sizeof(struct acpi_register) == 12, "§5.2.3.2");
enum { ACPI_SYSTEM_IO = 1 };

// §5.2.9, as far as it is read here
struct __attribute__((packed)) acpi_fadt {
  struct acpi_header header;
  uint8_t before_x_dsdt[140 - sizeof(struct acpi_header)];
  uint64_t x_dsdt;
  uint8_t before_sleep_control[244 - 148];
  struct acpi_register sleep_control;
};
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "§5.2.9");
_Static_assert(offsetof(struct acpi_fadt, sleep_control) == 244, "§5.2.9");

// §5.2.12
struct __attribute__((packed)) acpi_madt {
  struct acpi_header header;
  uint32_t local_apic;
  uint32_t flags;
};
_Static_assert(sizeof(struct acpi_madt) == 44, "§5.2.12");

enum madt_entry_type { MADT_LOCAL_APIC = 0, MADT_IO_APIC = 1, MADT_LOCAL_X2APIC = 9 };
enum { MADT_ENABLED = 1 };

// §5.2.12.2
struct __attribute__((packed)) madt_local_apic {
  uint8_t type, length;
  uint8_t uid;
  uint8_t apic_id;
  uint32_t flags;
};

// §5.2.12.3
struct __attribute__((packed)) madt_io_apic {
  uint8_t type, length;
  uint8_t id;
  uint8_t reserved;
  uint32_t address;
  uint32_t gsi_base;
};

// §5.2.12.12
struct __attribute__((packed)) madt_local_x2apic {
  uint8_t type, length;
  uint8_t reserved[2];
  uint32_t apic_id;
  uint32_t flags;
  uint32_t uid;
};
_Static_assert(sizeof(struct madt_local_apic) == 8 && sizeof(struct madt_io_apic) == 12 &&
                   sizeof(struct madt_local_x2apic) == 16,
               "§5.2.12");

/** What was found. A table is NULL when it is missing or its checksum is wrong. */
struct acpi {
  const struct acpi_root_pointer* root;
  const struct acpi_header* xsdt;
  const struct acpi_fadt* fadt;
  const struct acpi_header* dsdt;
  const struct acpi_madt* madt;
  uint64_t damaged; // address of a table that cannot be used, or 0
};

/** Follows boot_params, or else the signature in the BIOS area, to every table and verifies every checksum. */
struct acpi read_acpi(const uint8_t* boot_params);

/** Tables that the XSDT names. */
uint32_t acpi_table_count(const struct acpi_header* xsdt);
uint64_t acpi_table_address(const struct acpi_header* xsdt, uint32_t index);

/** The first entry of a type after `previous` (from the beginning when NULL) that is at least `size` bytes long; NULL
 * when there are no more. */
const void* next_madt_entry(const struct acpi_madt* madt, enum madt_entry_type type, size_t size, const void* previous);
