// What a guest of ACPI must print of itself (guest-init, `lab=facts`). Pure: plan and log come in, the differences go out.
import { createHash } from 'node:crypto'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import type { AcpiGuest, Topology } from './acpi-guests.ts'
import { checkLscpu } from './assert-lscpu.ts'

const PREFIX = 'volt-lab: '
const LSCPU = 'lscpu '
/** Names under /sys/firmware/acpi/tables by the plan's labels. */
const TABLES = {
  'acpi.dsdt': 'DSDT',
  'acpi.fadt': 'FACP',
  'acpi.madt': 'APIC',
  'acpi.srat': 'SRAT',
  'acpi.slit': 'SLIT',
} as const
const KIB_PER_MIB = 1024
/** The kernel keeps some of a node's memory to itself; on a small one that is much. */
const LEAST_SHARE_OF_NODE = 0.3

/** Compares the guest's log with the tables of its plan and the topology it was given. Returns one sentence a difference. */
export function checkGuestFacts(log: string, guest: AcpiGuest, plan: BootPlan): string[] {
  const lines = log
    .split(/\r?\n/)
    .filter((line) => line.startsWith(PREFIX))
    .map((line) => line.slice(PREFIX.length).trimEnd())
  const memory = lines.filter((line) => /^node\d+ memory /.test(line))
  const lscpu = lines.filter((line) => line.startsWith(LSCPU))
  const facts = lines.filter((line) => !memory.includes(line) && !lscpu.includes(line))
  const expected = [...tableLines(plan), ...processorLines(guest), ...nodeLines(guest)]
  return [
    ...expected.filter((line) => !facts.includes(line)).map((line) => `missing: ${line}`),
    ...facts.filter((line, i) => !expected.includes(line) || facts.indexOf(line) !== i).map((line) => `extra: ${line}`),
    ...checkMemory(memory, guest),
    ...checkLscpu(lscpu.join('').slice(LSCPU.length), guest),
  ]
}

function tableLines(plan: BootPlan): string[] {
  return Object.entries(TABLES).flatMap(([label, name]) => {
    const item = plan.load.find((candidate) => candidate.label === label)
    if (item === undefined || !('data' in item.from)) return []
    const bytes = Buffer.alloc(item.size)
    bytes.set(Buffer.from(item.from.data, 'base64'))
    return [`${name} ${createHash('sha256').update(bytes).digest('hex')}`]
  })
}

function processorLines({ sockets, cores, threads }: Topology): string[] {
  const count = sockets * cores * threads
  const processors = Array.from({ length: count }, (_, index) => {
    const core = Math.floor(index / threads)
    const siblings = threads === 1 ? `${index}` : `${core * threads}-${(core + 1) * threads - 1}`
    return `cpu${index} package ${Math.floor(core / cores)} core ${core % cores} threads ${siblings}`
  })
  return [...processors, `${count} processors`]
}

function nodeLines({ numa, sockets, cores, threads }: AcpiGuest): string[] {
  const count = sockets * cores * threads
  const nodes = numa ?? [{ vcpus: count === 1 ? '0' : `0-${count - 1}`, distances: [10] }]
  return nodes.map(({ vcpus, distances }, index) => `node${index} cpus ${vcpus} distances ${distances.join(' ')}`)
}

function checkMemory(lines: string[], { numa = [] }: AcpiGuest): string[] {
  return numa.flatMap(({ memory }, index) => {
    const whole = Number.parseInt(memory) * KIB_PER_MIB
    const line = lines.find((candidate) => candidate.startsWith(`node${index} `)) ?? ''
    const found = Number(/^node\d+ memory (\d+) kB$/.exec(line)?.[1])
    return found <= whole && found >= whole * LEAST_SHARE_OF_NODE ? [] : [`node${index} of ${memory}: "${line}"`]
  })
}
