// Instructions that C has no words for.
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out8_many(uint16_t port, const void* bytes, size_t count) {
  __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(count) : "d"(port) : "memory");
}

static inline uint8_t in8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

struct cpuid {
  uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid read_cpuid(uint32_t leaf, uint32_t subleaf) {
  struct cpuid r;
  __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

/** What stands at a guest-physical address: memory is mapped one to one. The address is hidden from the optimiser. */
static inline const void* at(uint64_t address) {
  __asm__("" : "+r"(address));
  return (const void*)address;
}

/** Copies bytes between areas that do not overlap. */
static inline void copy(void* target, const void* source, size_t length) {
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(length) : : "memory");
}
