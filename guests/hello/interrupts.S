// Waiting for interrupts without IRET: they are let in only while a processor waits in HLT, so the handler returns to the
// waiter by taking its stack back. Some software KVMs do not emulate IRET in long mode.
#include "layout.h"

  .section .text
  // uint32_t wait_for_interrupt(void): the vector that ended the wait. Interrupts are off before and after.
  .globl wait_for_interrupt
wait_for_interrupt:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, waiter_stack(%rip)
  sti
1:
  hlt
  jmp 1b

  .macro interrupt name, vector
  .globl \name
\name:
  mov $\vector, %eax
  jmp end_wait
  .endm
  interrupt on_timer, VECTOR_TIMER
  interrupt on_answer, VECTOR_ANSWER
  interrupt on_uart, VECTOR_UART
  interrupt on_event, VECTOR_EVENT
  interrupt on_spurious, VECTOR_SPURIOUS

end_wait:
  mov waiter_stack(%rip), %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret

  // One stub an exception; what the processor pushed is still on the stack.
  .globl exception_stubs
  .balign EXCEPTION_STUB_SIZE
exception_stubs:
  .set vector, 0
  .rept EXCEPTION_COUNT
  .balign EXCEPTION_STUB_SIZE
  mov $vector, %edi
  mov %rsp, %rsi
  jmp exception_entry
  .set vector, vector + 1
  .endr
exception_entry:
  and $-16, %rsp
  call exception

  .section .bss
  .balign 8
waiter_stack: .skip 8
