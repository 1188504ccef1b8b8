// Guests that cost nothing themselves, entered by PVH (32-bit protected mode). By -D: STAYS halts for good; PORT=N and MMIO=N
// write so often to an unused port or address first. All others reset themselves: by the i8042's reset line, and by a triple
// fault where there is no i8042.
        .section .note.pvh, "a", @note
        .long 4, 4, 18                  // "Xen", an address of 4 bytes, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long entry

        .text
        .code32
        .globl entry
entry:
#ifdef STAYS
        cli
stay:   hlt
        jmp stay
#endif
#ifdef PORT
        movl $PORT, %ecx
again:  outb %al, $0x80
        decl %ecx
        jnz again
#endif
#ifdef MMIO
        movl $MMIO, %ecx
again:  movl %eax, 0xd8000000
        decl %ecx
        jnz again
#endif
        movb $0xfe, %al
        outb %al, $0x64
        lidtl no_interrupts
        ud2
        .balign 4
no_interrupts:
        .word 0
        .long 0
