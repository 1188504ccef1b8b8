// Instructions that C has no words for.
#pragma once

#include <stdbool.h>
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

static inline uint64_t read_msr(uint32_t index) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t index, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
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

/**
 * The first word from `start` that equals `value`, or NULL. One string instruction: where the processor is emulated, a
 * loop over many words takes several times as long.
 */
static inline const uint64_t* find_word(const uint64_t* start, const uint64_t* end, uint64_t value) {
  size_t count = (size_t)(end - start);
  bool found;
  if (count == 0) return NULL;
  __asm__ volatile("repne scasq" : "+D"(start), "+c"(count), "=@ccz"(found) : "a"(value) : "memory");
  return found ? start - 1 : NULL;
}

/** Copies bytes between areas that do not overlap. */
static inline void copy(void* target, const void* source, size_t length) {
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(length) : : "memory");
}

/** Sets bytes that follow each other to one value. */
static inline void fill(void* target, char value, size_t length) {
  __asm__ volatile("rep stosb" : "+D"(target), "+c"(length) : "a"(value) : "memory");
}

/** The first byte from `start` that equals `value`, or `start + length`. */
static inline const char* find_byte(const char* start, size_t length, char value) {
  bool found;
  if (length == 0) return start;
  __asm__ volatile("repne scasb" : "+D"(start), "+c"(length), "=@ccz"(found) : "a"(value) : "memory");
  return found ? start - 1 : start;
}
