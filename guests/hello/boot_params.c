// What the loader tells: memory map and command line.
#include "boot_params.h"

#include "console.h"
#include "io.h"

enum { PAGE = 0x1000, BASE_MEMORY_END = 0xa0000, LOWEST_LOW_PAGE = 0x10000, E820_USABLE = 1 };

static const char* command_line(const uint8_t* boot_params) {
  uint32_t address = *(const uint32_t*)(const void*)(boot_params + COMMAND_LINE);
  return address == 0 ? "" : at(address);
}

static const struct e820_entry* map_entry(const uint8_t* boot_params, uint32_t index) {
  return (const struct e820_entry*)(const void*)(boot_params + E820_TABLE) + index;
}

/** The part of the line below `heading`, which only the first line shows. */
static void print_map_entry(const struct e820_entry* entry, const char* heading) {
  static const char* const types[] = {"usable", "reserved", "ACPI data", "ACPI state", "unusable"};
  const char* type = entry->type >= 1 && entry->type <= 5 ? types[entry->type - 1] : "of another kind";
  bool mebibytes = entry->size % (1 << 20) == 0;
  print("%14s0x%010lx-0x%010lx %7u %s  %s\r\n", heading, entry->address, entry->address + entry->size - 1,
        (uint32_t)(entry->size >> (mebibytes ? 20 : 10)), mebibytes ? "MiB" : "KiB", type);
}

void print_boot_params(const uint8_t* boot_params) {
  const char* line = command_line(boot_params);
  print("Command line  %s\r\n", *line == '\0' ? "(empty)" : line);
  for (uint32_t i = 0; i < boot_params[E820_COUNT]; i++)
    print_map_entry(map_entry(boot_params, i), i == 0 ? "Memory" : "");
}

bool has_word(const uint8_t* boot_params, const char* word) {
  const char* p = command_line(boot_params);
  while (*p != '\0') {
    const char* w = word;
    while (*w != '\0' && *p == *w)
      p++, w++;
    if (*w == '\0' && (*p == ' ' || *p == '\0')) return true;
    while (*p != ' ' && *p != '\0')
      p++;
    while (*p == ' ')
      p++;
  }
  return false;
}

static bool is_usable(const uint8_t* boot_params, uint64_t address) {
  for (uint32_t i = 0; i < boot_params[E820_COUNT]; i++) {
    const struct e820_entry* entry = map_entry(boot_params, i);
    if (entry->type == E820_USABLE && entry->address <= address && address + PAGE <= entry->address + entry->size)
      return true;
  }
  return false;
}

uint32_t find_low_page(const uint8_t* boot_params) {
  uint32_t zero_page = (uint32_t)(uintptr_t)boot_params;
  uint32_t line = (uint32_t)(uintptr_t)command_line(boot_params);
  for (uint32_t page = BASE_MEMORY_END - PAGE; page >= LOWEST_LOW_PAGE; page -= PAGE) {
    bool holds_line = page < line + PAGE && line < page + PAGE;
    bool holds_zero_page = page < zero_page + PAGE && zero_page < page + PAGE;
    if (is_usable(boot_params, page) && !holds_line && !holds_zero_page) return page;
  }
  return 0;
}
