// Boot plans of a few bytes of 32-bit code with a UART, a power device and pvpanic, for tests of the addon and volt-vmm.
import type { BootPlan, BootSegments, PlanDevice } from '../../src/plan/boot-plan.gen.ts'

const CODE_ADDRESS = '0x1000'

const movDx = (port: number): number[] => [0x66, 0xba, port & 0xff, port >> 8]
const readPort = (port: number): number[] => [...movDx(port), 0xec]
const writePort = (port: number, value: number): number[] => [...movDx(port), 0xb0, value, 0xee]
const JUMP_IF_ZERO = 0x74
const JUMP_IF_NOT_ZERO = 0x75

/** Runs `condition`, which leaves ZF clear when it holds, until it holds. */
const until = (condition: number[]): number[] => [...condition, JUMP_IF_ZERO, 256 - (condition.length + 2)]

const HALT = [0xf4, 0xeb, 0xfd]
const POWER_OFF = [...writePort(0x600, (5 << 2) | 0x20), ...HALT]
const RESET = [...writePort(0x602, 1), ...HALT]
const PRINT_READY = writePort(0x3f8, 0x72)

export const guests = {
  /** Prints `r`, waits for the power button's event and switches itself off. */
  obeysButton: [...PRINT_READY, ...until([...readPort(0x603), 0xa8, 0x01]), ...POWER_OFF],
  /** Says that its crash kernel is loaded, prints `r` and reports a panic. */
  panics: [...writePort(0x505, 2), ...PRINT_READY, ...writePort(0x505, 1), ...HALT],
  /** Resets itself at once. */
  resetsAtOnce: RESET,
  /** Counts in memory and prints the count; then resets itself for an `r` on the console and switches itself off for another key. */
  resetsOnKey: [
    ...[0xfe, 0x05, 0x00, 0x05, 0x00, 0x00], // inc byte [0x500]
    ...[0xa0, 0x00, 0x05, 0x00, 0x00, 0x04, 0x30, ...movDx(0x3f8), 0xee], // mov al, [0x500]; add al, '0'; to COM1
    ...until([...readPort(0x3fd), 0xa8, 0x01]),
    ...[...readPort(0x3f8), 0x3c, 0x72, JUMP_IF_NOT_ZERO, RESET.length], // cmp al, 'r'; jne over the reset
    ...RESET,
    ...POWER_OFF,
  ],
}

const data = { selector: '0x10', base: '0x0', limit: '0xffffffff', access: '0xc093' }
const table = { base: '0x0', limit: '0x0' }
const segments: BootSegments = {
  gdt: table,
  idt: table,
  cs: { ...data, selector: '0x8', access: '0xc09b' },
  data,
  tr: { selector: '0x18', base: '0x0', limit: '0x67', access: '0x8b' },
}

const POWER_DEVICES: PlanDevice[] = [
  { id: 'power', type: 'power', ports: [{ base: '0x600', size: 4 }], gsi: 9 },
  { id: 'pvpanic', type: 'pvpanic', ports: [{ base: '0x505', size: 1 }] },
]

/** A plan whose code is the file `kernel` of this many bytes. */
export function tinyPlan(codeBytes: number, withPower = true): BootPlan {
  return {
    formatVersion: 1,
    name: 'tiny',
    memory: [{ gpa: '0x0', size: 0x10000 }],
    files: [{ id: 'kernel', size: codeBytes, sha256: '0'.repeat(64) }],
    load: [
      { label: 'kernel.0', gpa: CODE_ADDRESS, size: codeBytes, from: { file: 'kernel', offset: 0, size: codeBytes } },
    ],
    interrupts: {
      irqchip: 'kernel',
      pit: false,
      tss: '0xfffbd000',
      identityMap: '0xfffbc000',
      lvt: { lint0: '0x10000', lint1: '0x400' },
    },
    cpuid: [],
    msrs: [],
    vcpus: [{ apicId: 0, cpuid: [] }],
    boot: {
      protocol: 'pvh',
      registers: { rip: CODE_ADDRESS, rflags: '0x2' },
      control: { cr0: '0x11', cr3: '0x0', cr4: '0x0', efer: '0x0' },
      segments,
      fpu: { fcw: '0x37f', mxcsr: '0x1f80' },
    },
    devices: [
      { id: 'com1', type: 'uart16550', ports: [{ base: '0x3f8', size: 8 }], gsi: 4 },
      ...(withPower ? POWER_DEVICES : []),
    ],
    requires: { kvmApiVersion: 12, capabilities: ['KVM_CAP_IRQCHIP', 'KVM_CAP_USER_MEMORY'] },
  }
}
