// Finding and walking the ACPI tables (ACPI 6.4 §5.2).
#include "acpi.h"

#include "boot_params.h"
#include "bytes.h"
#include "io.h"
#include "layout.h"

enum { BIOS_START = 0xe0000, BIOS_END = 0x100000, ALIGNMENT = 16, FIRST_CHECKSUM_SIZE = 20, REVISION_WITH_XSDT = 2 };

/** "RSD PTR " as a word in memory. */
static const uint64_t SIGNATURE = 0x2052545020445352;

static bool is_mapped(uint64_t address, uint64_t length) {
  return address != 0 && address < MAPPED_MEMORY_END && length <= MAPPED_MEMORY_END - address;
}

static bool is_root_pointer(const struct acpi_root_pointer* root) {
  return *(const uint64_t*)(const void*)root == SIGNATURE && sum(root, FIRST_CHECKSUM_SIZE) == 0 &&
         root->revision >= REVISION_WITH_XSDT && root->length >= sizeof(*root) && root->length < BIOS_END &&
         sum(root, root->length) == 0;
}

/** §5.2.5.1. What comes first is the loader's word: it may put the tables where no scan looks. */
static const struct acpi_root_pointer* find_root_pointer(const uint8_t* boot_params) {
  uint64_t told = *(const uint64_t*)(const void*)(boot_params + ACPI_RSDP_ADDRESS);
  bool mapped = is_mapped(told, sizeof(struct acpi_root_pointer));
  if (mapped && is_root_pointer(at(told))) return at(told);
  const uint64_t* end = at(BIOS_END);
  const uint64_t* word = at(BIOS_START);
  while ((word = find_word(word, end, SIGNATURE)) != NULL) {
    if ((uintptr_t)word % ALIGNMENT == 0 && is_root_pointer((const void*)word)) return (const void*)word;
    word++;
  }
  return NULL;
}

/** The table at an address, if its checksum is right. */
static const struct acpi_header* table_at(uint64_t address, size_t size) {
  if (!is_mapped(address, size)) return NULL;
  const struct acpi_header* table = at(address);
  bool whole = table->length >= size && is_mapped(address, table->length);
  return whole && sum(table, table->length) == 0 ? table : NULL;
}

uint32_t acpi_table_count(const struct acpi_header* xsdt) {
  return (uint32_t)((xsdt->length - sizeof(*xsdt)) / sizeof(uint64_t));
}

uint64_t acpi_table_address(const struct acpi_header* xsdt, uint32_t index) {
  return ((const uint64_t*)(const void*)(xsdt + 1))[index];
}

static const void* checked(struct acpi* found, uint64_t address, size_t size) {
  const struct acpi_header* table = table_at(address, size);
  if (table == NULL) found->damaged = address;
  return table;
}

struct acpi read_acpi(const uint8_t* boot_params) {
  struct acpi found = {.root = find_root_pointer(boot_params)};
  if (found.root == NULL) return found;
  found.xsdt = checked(&found, found.root->xsdt, sizeof(struct acpi_header));
  for (uint32_t i = 0; found.xsdt != NULL && i < acpi_table_count(found.xsdt); i++) {
    const struct acpi_header* table = checked(&found, acpi_table_address(found.xsdt, i), sizeof(struct acpi_header));
    if (table == NULL) continue;
    if (begins_with(table->signature, "FACP") && table->length >= sizeof(struct acpi_fadt))
      found.fadt = (const void*)table;
    if (begins_with(table->signature, "APIC") && table->length >= sizeof(struct acpi_madt))
      found.madt = (const void*)table;
  }
  if (found.fadt != NULL) found.dsdt = checked(&found, found.fadt->x_dsdt, sizeof(struct acpi_header));
  return found;
}

const void* next_madt_entry(const struct acpi_madt* madt, enum madt_entry_type type, size_t size,
                            const void* previous) {
  enum { TYPE, LENGTH, ENTRY_HEADER };
  const uint8_t* end = (const uint8_t*)madt + madt->header.length;
  const uint8_t* entry = previous ? previous : (const uint8_t*)(madt + 1);
  if (previous) entry += entry[LENGTH];
  for (; end - entry >= ENTRY_HEADER && entry[LENGTH] >= ENTRY_HEADER; entry += entry[LENGTH]) {
    bool whole = entry[LENGTH] >= size && end - entry >= entry[LENGTH];
    if (entry[TYPE] == type && whole) return entry;
  }
  return NULL;
}
