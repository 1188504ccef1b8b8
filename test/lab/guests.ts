// What the lab boots by the MP table: Debian's generic kernel in each form and number of processors that must work.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import { alterApicId, alterInterruptPin, savePlan } from './alter-plan.ts'
import { compileManifest } from './compile-manifest.ts'

export interface Guest {
  /** Begins with `cli-` where `volt run` runs it (boot-guests.ts). */
  name: string
  image: 'vmlinuz' | 'vmlinux'
  protocol: 'linux64' | 'pvh'
  vcpus: number
}

const guest = (image: Guest['image'], protocol: Guest['protocol'], vcpus: number): Guest => ({
  name: `${image}-${protocol}-${vcpus}`,
  image,
  protocol,
  vcpus,
})

export const GUESTS: Guest[] = [
  { ...guest('vmlinuz', 'linux64', 4), name: 'cli-vmlinuz-linux64-4' },
  ...[1, 2, 8].map((vcpus) => guest('vmlinuz', 'linux64', vcpus)),
  ...[1, 2, 4, 8].map((vcpus) => guest('vmlinux', 'linux64', vcpus)),
  guest('vmlinux', 'pvh', 4),
  // The table does not fit below 640 KiB any more.
  guest('vmlinux', 'linux64', 64),
]

/** Booted from plans with one altered entry: the assertions must fail on them, saying what the kernel read. */
export const ALTERED = [
  {
    name: 'altered-interrupt',
    notices: /IRQ 05, APIC ID 2, APIC INT 06"/,
    alter: (plan: BootPlan) => alterInterruptPin(plan, 5, 6),
  },
  {
    name: 'altered-apic-id',
    notices: /"Processor #5" instead of "Processor #1"/,
    alter: (plan: BootPlan) => alterApicId(plan, 1, 5),
  },
]
const ALTERED_VCPUS = 2

/**
 * Without a real-time clock the kernel waits for one at every register it reads, which takes seconds in the lab. `quiet` and
 * apic=verbose: see guest-init and assert-boot-log.ts.
 */
const CMDLINE = 'console=ttyS0 reboot=k panic=-1 quiet apic=verbose initcall_blacklist=cmos_init'

/** The lab's KVM never learns what a guest puts into XCR0 (docs/architecture.md), of which Linux then complains. */
export const LAB_CPU = { features: { xsave: false } }

export function manifestOf({ name, image, protocol, vcpus }: Guest, cache: string): string {
  const kernel = { image: join(cache, image), initrd: join(cache, 'guest.cpio'), protocol, cmdline: CMDLINE }
  const memory = vcpus > 8 ? '512MiB' : '256MiB'
  const firmware = { acpi: false }
  const head = { apiVersion: 'volt/v1', kind: 'MicroVM', metadata: { name } }
  return JSON.stringify({ ...head, kernel, vcpus, cpu: LAB_CPU, memory, firmware }, null, 2)
}

/** Writes the manifests and altered plans to a directory. `host` are the facts of the lab itself. */
export async function writeGuests(directory: string, cache: string, host: HostFacts): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const each of GUESTS) await writeFile(join(directory, `${each.name}.yaml`), manifestOf(each, cache))
  const { plan, sources } = await compilePlan(cache, directory, host)
  for (const { name, alter } of ALTERED)
    await writeFile(join(directory, `${name}.json`), savePlan(alter(plan), sources))
}

/** The plan to alter. */
async function compilePlan(cache: string, directory: string, host: HostFacts) {
  const file = join(directory, '..', 'unaltered.yaml')
  await writeFile(file, manifestOf(guest('vmlinux', 'linux64', ALTERED_VCPUS), cache))
  return compileManifest(file, host)
}
