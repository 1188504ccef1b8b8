// Addresses and constants that assembly and C share.
#pragma once

#define CODE_SELECTOR 0x10
#define DATA_SELECTOR 0x18

#define PAGE_2M 0x200000
#define PAGE_TABLE 0x3      // present, writable
#define PAGE_LARGE 0x83     // present, writable, 2 MiB
#define PAGE_DEVICE_2M 0x93 // present, writable, not cached, 2 MiB
#define PAGE_DIRECTORY_INDEX(address) (((address) >> 21) & 511)

#define IO_APIC_WINDOW 0xfec00000
#define LOCAL_APIC_WINDOW 0xfee00000
#define LOCAL_APIC_ID_REGISTER 0x20

#define MAPPED_MEMORY_END 0x40000000 // the first GiB, by the page tables of entry.S

// Model-specific registers (Intel SDM vol. 3 §11.12).
#define MSR_APIC_BASE 0x1b
#define MSR_X2APIC 0x800 // local APIC register at byte offset n: MSR_X2APIC + n / 16
#define MSR_X2APIC_ID (MSR_X2APIC + LOCAL_APIC_ID_REGISTER / 16)
#define APIC_BASE_X2APIC 0xc00 // APIC enabled, in x2APIC mode

#define PROCESSORS_MAX 1024
#define BOOT_STACK_SIZE 8192
#define PROCESSOR_STACK_SIZE 768

#define EXCEPTION_STUB_SIZE 16
#define EXCEPTION_COUNT 32

// Interrupt vectors; a vector's upper four bits are its priority.
#define VECTOR_TIMER 0x40
#define VECTOR_ANSWER 0x50
#define VECTOR_UART 0x60
#define VECTOR_EVENT 0x70
#define VECTOR_SPURIOUS 0xff
