// The devices that the engine emulates, where they answer, and how they interrupt.
import type { VmSpec } from '../manifest/spec.ts'
import { hex } from './address.ts'
import type { PlanDevice } from './boot-plan.gen.ts'

const COM1 = { base: 0x3f8, size: 8, gsi: 4 } as const
const I8042_DATA = 0x60
const I8042_COMMAND = 0x64

export function placeDevices(console: VmSpec['console']): PlanDevice[] {
  // The keyboard controller is there for its reset line; port 0x61 between its two belongs to KVM's PIT.
  const i8042: PlanDevice = {
    id: 'i8042',
    type: 'i8042',
    ports: [
      { base: hex(I8042_DATA), size: 1 },
      { base: hex(I8042_COMMAND), size: 1 },
    ],
  }
  if (console.device === 'none') return [i8042]
  const com1: PlanDevice = {
    id: 'com1',
    type: 'uart16550',
    ports: [{ base: hex(COM1.base), size: COM1.size }],
    gsi: COM1.gsi,
  }
  return [com1, i8042]
}
