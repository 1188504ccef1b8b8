// Entry of the bootstrap processor (64-bit Linux boot protocol: long mode, first GiB identity mapped, RSI = boot_params),
// and what all processors share: descriptor table, page tables, stacks.
#include "layout.h"

  .section .text
  .globl _start
_start:
  cld
  mov $boot_stack_top, %esp
  lgdt gdt_pointer(%rip)
  // The loader's page tables promise the first GiB; ours add the page directory of the two APIC windows.
  movl $page_directory_pointers + PAGE_TABLE, page_map
  movl $page_directory_low + PAGE_TABLE, page_directory_pointers
  movl $page_directory_high + PAGE_TABLE, page_directory_pointers + 3 * 8
  movl $IO_APIC_WINDOW + PAGE_DEVICE_2M, page_directory_high + PAGE_DIRECTORY_INDEX(IO_APIC_WINDOW) * 8
  movl $LOCAL_APIC_WINDOW + PAGE_DEVICE_2M, page_directory_high + PAGE_DIRECTORY_INDEX(LOCAL_APIC_WINDOW) * 8
  mov $page_map, %eax
  mov %rax, %cr3
  mov %rsi, %rdi
  call hello
1:
  cli
  hlt
  jmp 1b

  .section .rodata
  .balign 8
  .globl gdt_pointer
gdt_pointer:
  .word gdt_end - gdt - 1
  .quad gdt
  .balign 8
  .globl gdt
gdt:
  .quad 0, 0
  .quad 0x00af9b000000ffff  // CODE_SELECTOR: 64-bit code
  .quad 0x00cf93000000ffff  // DATA_SELECTOR: flat data
gdt_end:

  // The first GiB in pages of 2 MiB. The table is ready-made: building it would be a tenth of the guest's instructions.
  .section .data.pages, "aw"
  .balign 4096
page_directory_low:
  .set page, 0
  .rept 512
  .quad page * PAGE_2M + PAGE_LARGE
  .set page, page + 1
  .endr

  .section .bss
  .balign 4096
  .globl page_map
page_map: .skip 4096
page_directory_pointers: .skip 4096
page_directory_high: .skip 4096
  .globl processor_stacks
processor_stacks: .skip PROCESSORS_MAX * PROCESSOR_STACK_SIZE
  .skip BOOT_STACK_SIZE
boot_stack_top:
