// Plans of tiny guests for tests of volt.node and volt-vmm: 32-bit code, flat, without an operating system.
import { accessSync, constants, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { NativeAddon, NativeError, VmEvent } from '../../src/host/native-addon.ts'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import type { BootPlan, PlanVcpu } from '../../src/plan/boot-plan.gen.ts'

export const addon = createRequire(import.meta.url)(ADDON_FILE) as NativeAddon

/** Why tests of machines cannot run here. */
export function withoutKvm(): string | false {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return false
  } catch {
    return '/dev/kvm cannot be opened'
  }
}

/** mov dx, 0x3f8; then mov al, …; out dx, al for each byte. */
export function print(text: string): number[] {
  return [0x66, 0xba, 0xf8, 0x03, ...[...Buffer.from(text)].flatMap((byte) => [0xb0, byte, 0xee])]
}

/** mov al, 0xfe; out 0x64, al */
export const RESET = [0xb0, 0xfe, 0xe6, 0x64]
/** hlt; jmp to hlt */
export const HALT = [0xf4, 0xeb, 0xfd]
/** mov dx, 0x3f8; mov al, 'x'; out dx, al for ever. */
export const FLOOD = [0x66, 0xba, 0xf8, 0x03, 0xb0, 0x78, 0xee, 0xeb, 0xfd]
/** Reads bytes from the UART and writes them back; resets after `!`. */
export const ECHO = [
  ...[0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xfb], // mov dx, 0x3fd; wait: in al, dx; test al, 1; jz wait
  ...[0x66, 0xba, 0xf8, 0x03, 0xec, 0xee], // mov dx, 0x3f8; in al, dx; out dx, al
  ...[0x3c, 0x21, 0x75, 0xed], // cmp al, '!'; jne to the start
  ...RESET,
  ...HALT,
]

/** A plan that runs `code` at 0x1000 on the first of `vcpus` processors. */
export function planFor(code: number[], vcpus = 1): BootPlan {
  const probed = addon.probe()
  if ('error' in probed) throw probed.error
  const flat = (selector: string, access: string) => ({ selector, base: '0x0', limit: '0xffffffff', access })
  return {
    formatVersion: 1,
    name: 'test',
    memory: [{ gpa: '0x0', size: 1 << 20 }],
    files: [],
    load: [{ label: 'code', gpa: '0x1000', size: 4096, from: { data: Buffer.from(code).toString('base64') } }],
    interrupts: {
      irqchip: 'kernel',
      pit: true,
      tss: '0xfffbd000',
      identityMap: '0xfffbc000',
      lvt: { lint0: '0x700', lint1: '0x400' },
    },
    cpuid: probed.facts.cpuid,
    msrs: [],
    vcpus: Array.from({ length: vcpus }, (_, apicId): PlanVcpu => ({ apicId, cpuid: [] })),
    boot: {
      protocol: 'pvh',
      registers: { rip: '0x1000', rflags: '0x2' },
      control: { cr0: '0x11', cr3: '0x0', cr4: '0x0', efer: '0x0' },
      segments: {
        gdt: { base: '0x0', limit: '0x0' },
        idt: { base: '0x0', limit: '0x0' },
        cs: flat('0x8', '0xc09b'),
        data: flat('0x10', '0xc093'),
        tr: { selector: '0x18', base: '0x0', limit: '0x67', access: '0x8b' },
      },
      fpu: { fcw: '0x37f', mxcsr: '0x1f80' },
    },
    devices: [
      { id: 'com1', type: 'uart16550', ports: [{ base: '0x3f8', size: 8 }], gsi: 4 },
      {
        id: 'i8042',
        type: 'i8042',
        ports: [
          { base: '0x60', size: 1 },
          { base: '0x64', size: 1 },
        ],
      },
    ],
    requires: { kvmApiVersion: 12, capabilities: ['KVM_CAP_IRQCHIP'] },
  }
}

export function bytesOf(plan: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(plan))
}

/** What a machine told, in order. */
export interface Recording {
  events: VmEvent[]
  output: string
  /** Resolves with `stopped`. */
  stopped: Promise<VmEvent & { event: 'stopped' }>
  onEvent: (event: VmEvent) => void
  onConsole: (chunk: Buffer) => void
}

export function record(): Recording {
  let resolve: (event: VmEvent & { event: 'stopped' }) => void
  const recording: Recording = {
    events: [],
    output: '',
    stopped: new Promise((done) => {
      resolve = done
    }),
    onEvent: (event) => {
      recording.events.push(event)
      if (event.event === 'stopped') resolve(event)
    },
    onConsole: (chunk) => {
      recording.output += chunk.toString('latin1')
    },
  }
  return recording
}

/** Rejects when `promise` takes too long, so that a test fails instead of hanging. */
export async function within<T>(promise: Promise<T>, milliseconds = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${milliseconds} ms`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** What `action` throws. */
export function errorOf(action: () => unknown): NativeError {
  try {
    action()
  } catch (error) {
    return error as NativeError
  }
  throw new Error('nothing was thrown')
}

/** Threads of this process that run a vCPU. */
export function vcpuThreads(): number {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('vcpu')
    } catch {
      return false // ended meanwhile
    }
  }).length
}
