// The Intel MultiProcessor Specification 1.4 table, found and read as an operating system does.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// §4.1
struct mp_pointer {
  char signature[4];
  uint32_t configuration;
  uint8_t length; // in units of 16 bytes
  uint8_t revision;
  uint8_t checksum;
  uint8_t features[5];
};
_Static_assert(sizeof(struct mp_pointer) == 16, "§4.1");

// §4.2
struct mp_header {
  char signature[4];
  uint16_t length;
  uint8_t revision;
  uint8_t checksum;
  char oem[8];
  char product[12];
  uint32_t oem_table;
  uint16_t oem_table_size;
  uint16_t entry_count;
  uint32_t local_apic;
  uint16_t extended_length;
  uint8_t extended_checksum;
  uint8_t reserved;
};
_Static_assert(sizeof(struct mp_header) == 44, "§4.2");

enum mp_entry_type { MP_PROCESSOR, MP_BUS, MP_IO_APIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };

// §4.3.1
struct mp_processor {
  uint8_t type;
  uint8_t apic_id;
  uint8_t apic_version;
  uint8_t flags;
  uint32_t signature;
  uint32_t features;
  uint32_t reserved[2];
};
_Static_assert(sizeof(struct mp_processor) == 20, "§4.3.1");
enum { MP_PROCESSOR_ENABLED = 1, MP_PROCESSOR_BOOTSTRAP = 2 };

// §4.3.2
struct mp_bus {
  uint8_t type;
  uint8_t id;
  char name[6];
};

// §4.3.3
struct mp_io_apic {
  uint8_t type;
  uint8_t id;
  uint8_t version;
  uint8_t flags;
  uint32_t address;
};

// §4.3.4
struct mp_interrupt {
  uint8_t type;
  uint8_t kind; // INT, NMI, SMI, ExtINT
  uint16_t polarity_and_trigger;
  uint8_t source_bus;
  uint8_t source_irq;
  uint8_t io_apic;
  uint8_t pin;
};
_Static_assert(sizeof(struct mp_bus) == 8 && sizeof(struct mp_io_apic) == 8 && sizeof(struct mp_interrupt) == 8,
               "§4.3");
enum { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };

/** The floating pointer structure: in the EBDA, in the last KiB of base memory or in the BIOS area; NULL without one.
 */
const struct mp_pointer* find_mp_pointer(void);

/** The configuration table behind a pointer; NULL when there is none or its signature or checksum is wrong. */
const struct mp_header* mp_configuration(const struct mp_pointer* pointer);

/** The first entry of a type after `previous` (from the beginning when NULL); NULL when there are no more. */
const void* next_mp_entry(const struct mp_header* table, enum mp_entry_type type, const void* previous);
