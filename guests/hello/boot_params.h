// The zero page, as far as it is read here (Linux Documentation/arch/x86/zero-page.rst).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { // byte offsets
  ACPI_RSDP_ADDRESS = 0x070,
  E820_COUNT = 0x1e8,
  COMMAND_LINE = 0x228,
  E820_TABLE = 0x2d0,
};

struct __attribute__((packed)) e820_entry {
  uint64_t address;
  uint64_t size;
  uint32_t type; // 1: usable
};
_Static_assert(sizeof(struct e820_entry) == 20, "zero-page.rst");

/** Prints memory map and command line. */
void print_boot_params(const uint8_t* boot_params);

/** Whether `word` is one of the command line's words. */
bool has_word(const uint8_t* boot_params, const char* word);

/** A free page below 1 MiB for code in real mode: RAM by the map, clear of command line and boot_params; 0: none. */
uint32_t find_low_page(const uint8_t* boot_params);
