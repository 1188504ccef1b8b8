// What a vCPU is given before its first instruction, in plain words: CPUID, MSRs, registers, segments.
#pragma once

#include <cstdint>

namespace volt {

struct CpuidLeaf {
  std::uint32_t leaf = 0;
  std::uint32_t subleaf = 0;
  /// Whether ECX selects a subleaf (KVM_CPUID_FLAG_SIGNIFCANT_INDEX).
  bool indexed = false;
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
};

struct Msr {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
};

struct Registers {
  std::uint64_t rip = 0, rflags = 0;
  std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0, rsp = 0, rbp = 0;
};

struct ControlRegisters {
  std::uint64_t cr0 = 0, cr3 = 0, cr4 = 0, efer = 0;
};

struct DescriptorTable {
  std::uint64_t base = 0;
  std::uint16_t limit = 0;
};

struct Segment {
  std::uint16_t selector = 0;
  std::uint64_t base = 0;
  /// In bytes, after granularity is applied.
  std::uint32_t limit = 0;
  /// A descriptor's bits 40 to 55 without the limit: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15.
  std::uint16_t access = 0;
};

struct Segments {
  DescriptorTable gdt;
  DescriptorTable idt;
  Segment cs;
  /// DS, ES, FS, GS and SS.
  Segment data;
  Segment tr;
};

struct FpuState {
  std::uint16_t fcw = 0;
  std::uint32_t mxcsr = 0;
};

/// State of the bootstrap processor at its first instruction.
struct BootState {
  Registers registers;
  ControlRegisters control;
  Segments segments;
  FpuState fpu;
};

/// LVT registers of a local APIC at start (Intel SDM vol. 3, 11.5.1).
struct LocalVectorTable {
  std::uint32_t lint0 = 0;
  std::uint32_t lint1 = 0;
};

} // namespace volt
