// Finding and walking the MP table (MPS 1.4 chapter 4).
#include "mp_table.h"

#include "bytes.h"
#include "io.h"

enum { EBDA_SEGMENT = 0x40e, BASE_MEMORY_END = 0xa0000, BIOS_START = 0xf0000, BIOS_END = 0x100000, KIB = 1024 };

static const struct mp_pointer* scan(uint32_t start, uint32_t end) {
  for (uint32_t address = start; address < end; address += sizeof(struct mp_pointer)) {
    const struct mp_pointer* pointer = at(address);
    if (begins_with(pointer->signature, "_MP_") && pointer->length == 1 && sum(pointer, sizeof(*pointer)) == 0)
      return pointer;
  }
  return NULL;
}

const struct mp_pointer* find_mp_pointer(void) {
  const struct mp_pointer* found = NULL;
  uint32_t ebda = (uint32_t) * (const uint16_t*)at(EBDA_SEGMENT) << 4;
  if (ebda != 0 && ebda < BASE_MEMORY_END) found = scan(ebda, ebda + KIB);
  if (found == NULL) found = scan(BASE_MEMORY_END - KIB, BASE_MEMORY_END);
  if (found == NULL) found = scan(BIOS_START, BIOS_END);
  return found;
}

const struct mp_header* mp_configuration(const struct mp_pointer* pointer) {
  if (pointer->configuration == 0) return NULL;
  const struct mp_header* table = at(pointer->configuration);
  if (!begins_with(table->signature, "PCMP") || sum(table, table->length) != 0) return NULL;
  return table;
}

static size_t entry_size(uint8_t type) {
  return type == MP_PROCESSOR ? sizeof(struct mp_processor) : 8;
}

const void* next_mp_entry(const struct mp_header* table, enum mp_entry_type type, const void* previous) {
  const uint8_t* end = (const uint8_t*)table + table->length;
  const uint8_t* entry = previous ? previous : (const uint8_t*)(table + 1);
  if (previous) entry += entry_size(*entry);
  for (; entry < end; entry += entry_size(*entry))
    if (*entry == type) return entry;
  return NULL;
}
