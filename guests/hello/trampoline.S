// First instructions of an application processor: SIPI starts it in real mode at a page below 1 MiB, to which
// ap_trampoline is copied; it goes straight to long mode on the tables of the bootstrap processor.
#include "layout.h"

  .section .rodata
  .globl ap_trampoline, ap_trampoline_end
  .code16
ap_trampoline:
  cli
  mov %cs, %ax
  mov %ax, %ds
  lgdtl ap_gdt_pointer - ap_trampoline
  mov $0x20, %eax           // CR4.PAE
  mov %eax, %cr4
  mov $page_map, %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx     // IA32_EFER
  mov $0x100, %eax          // LME
  xor %edx, %edx
  wrmsr
  mov $0x80000011, %eax     // CR0.PG, ET, PE
  mov %eax, %cr0
  ljmpl $CODE_SELECTOR, $ap_long_mode
  .balign 4
ap_gdt_pointer:
  .word 4 * 8 - 1
  .long gdt
ap_trampoline_end:

  .section .text
  .code64
ap_long_mode:
  mov $DATA_SELECTOR, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  cmpb $0, x2apic_mode
  jne 2f
  mov $LOCAL_APIC_WINDOW + LOCAL_APIC_ID_REGISTER, %eax
  mov (%rax), %edi
  shr $24, %edi
  jmp 3f
2:
  mov $MSR_APIC_BASE, %ecx
  rdmsr
  or $APIC_BASE_X2APIC, %eax
  wrmsr
  mov $MSR_X2APIC_ID, %ecx
  rdmsr
  mov %eax, %edi
3:
  // EDI is the own id. The baton names who may go on and its place in the list, by which it has its stack: who comes
  // late, or was not called, harms nobody.
  mov baton, %rsi
  cmp %esi, %edi
  jne 1f
  shr $32, %rsi
  mov %esi, %esp
  imul $PROCESSOR_STACK_SIZE, %esp
  add $processor_stacks + PROCESSOR_STACK_SIZE, %esp
  call application_processor
1:
  cli
  hlt
  jmp 1b
