// CPUID leaves 0xb (both vendors), 0x8000001e (AMD), 1 and 4 (Intel): SDM vol. 2 CPUID, APM vol. 3 appendix E.
#include "topology.h"

#include <stdbool.h>

#include "io.h"

enum source { EXTENDED_TOPOLOGY, AMD_EXTENDED_APIC, LEGACY };

static uint32_t bits(uint32_t value, uint32_t high, uint32_t low) {
  return (uint32_t)((value >> low) & ((2ull << (high - low)) - 1));
}

static uint32_t width_of(uint32_t count) {
  uint32_t width = 0;
  while ((1u << width) < count)
    width++;
  return width;
}

static struct topology split(uint32_t apic_id, uint32_t thread_width, uint32_t package_width) {
  return (struct topology){
      .apic_id = apic_id,
      .package = (uint32_t)((uint64_t)apic_id >> package_width),
      .core = (apic_id & (uint32_t)((1ull << package_width) - 1)) >> thread_width,
      .thread = apic_id & ((1u << thread_width) - 1),
  };
}

static enum source best_source(void) {
  if (read_cpuid(0, 0).eax >= 0xb && bits(read_cpuid(0xb, 0).ebx, 15, 0) != 0) return EXTENDED_TOPOLOGY;
  bool has_extended = read_cpuid(0x80000000, 0).eax >= 0x8000001e;
  return has_extended && bits(read_cpuid(0x80000001, 0).ecx, 22, 22) ? AMD_EXTENDED_APIC : LEGACY;
}

static struct topology from_extended_topology(void) {
  enum { LEVEL_INVALID, LEVEL_SMT };
  uint32_t thread_width = 0, package_width = 0, apic_id = 0;
  for (uint32_t level = 0;; level++) {
    struct cpuid leaf = read_cpuid(0xb, level);
    uint32_t type = bits(leaf.ecx, 15, 8);
    if (type == LEVEL_INVALID) break;
    apic_id = leaf.edx;
    package_width = bits(leaf.eax, 4, 0);
    if (type == LEVEL_SMT) thread_width = package_width;
  }
  return split(apic_id, thread_width, package_width);
}

static struct topology from_amd_extended_apic(void) {
  struct cpuid leaf = read_cpuid(0x8000001e, 0);
  uint32_t threads = bits(leaf.ebx, 15, 8) + 1;
  uint32_t sizes = read_cpuid(0x80000008, 0).ecx;
  uint32_t package_width = bits(sizes, 15, 12);
  if (package_width == 0) package_width = width_of(bits(sizes, 7, 0) + 1);
  return split(leaf.eax, width_of(threads), package_width);
}

static struct topology from_legacy(void) {
  struct cpuid leaf = read_cpuid(1, 0);
  bool many = bits(leaf.edx, 28, 28);
  uint32_t logical = many ? bits(leaf.ebx, 23, 16) : 1;
  uint32_t cores = read_cpuid(0, 0).eax >= 4 ? bits(read_cpuid(4, 0).eax, 31, 26) + 1 : 1;
  uint32_t package_width = width_of(logical), core_width = width_of(cores);
  return split(bits(leaf.ebx, 31, 24), package_width > core_width ? package_width - core_width : 0, package_width);
}

struct topology read_topology(void) {
  switch (best_source()) {
  case EXTENDED_TOPOLOGY:
    return from_extended_topology();
  case AMD_EXTENDED_APIC:
    return from_amd_extended_apic();
  default:
    return from_legacy();
  }
}

const char* topology_source(void) {
  switch (best_source()) {
  case EXTENDED_TOPOLOGY:
    return "leaf 0xb";
  case AMD_EXTENDED_APIC:
    return "leaf 0x8000001e";
  default:
    return "leaves 1 and 4";
  }
}

static void store(char* target, uint32_t value) {
  __builtin_memcpy(target, &value, sizeof(value));
}

void read_brand(char brand[49]) {
  bool present = read_cpuid(0x80000000, 0).eax >= 0x80000004;
  for (uint32_t i = 0; present && i < 3; i++) {
    struct cpuid leaf = read_cpuid(0x80000002 + i, 0);
    store(brand + 16 * i, leaf.eax);
    store(brand + 16 * i + 4, leaf.ebx);
    store(brand + 16 * i + 8, leaf.ecx);
    store(brand + 16 * i + 12, leaf.edx);
  }
  brand[present ? 48 : 0] = '\0';
}

void read_hypervisor(char signature[13]) {
  bool present = bits(read_cpuid(1, 0).ecx, 31, 31);
  if (present) {
    struct cpuid leaf = read_cpuid(0x40000000, 0);
    store(signature, leaf.ebx);
    store(signature + 4, leaf.ecx);
    store(signature + 8, leaf.edx);
  }
  signature[present ? 12 : 0] = '\0';
}
