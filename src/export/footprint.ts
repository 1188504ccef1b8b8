// What a machine takes of its host: its guest's, and what Volt needs beside it.
import { memoryBytes } from '../run/runnable-vm.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'

const MIB = 1024 ** 2
/**
 * volt (Node) in the foreground and once more as a probe, the keeper, volt-vmm, passt: 45 to 70 MiB each of the first two,
 * a few of the others.
 */
const PROCESSES_BYTES = 192 * MIB
/** Page tables of the host's and KVM's own, and the state of a vCPU. */
const BYTES_PER_GUEST_BYTE = 1 / 256
const VCPU_BYTES = MIB
/** For the loops of devices, beside the vCPUs. */
const DEVICES_MILLICPUS = 250

export interface Footprint {
  memoryMib: number
  millicpus: number
}

export function footprintOf(plan: Pick<BootPlan, 'memory' | 'vcpus'>): Footprint {
  const guestBytes = memoryBytes(plan)
  const ownBytes = PROCESSES_BYTES + guestBytes * BYTES_PER_GUEST_BYTE + plan.vcpus.length * VCPU_BYTES
  return {
    memoryMib: Math.ceil((guestBytes + ownBytes) / MIB),
    millicpus: plan.vcpus.length * 1000 + DEVICES_MILLICPUS,
  }
}
