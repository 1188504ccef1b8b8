// A boot plan as a picture: memory, processors, devices. Pure; the same plan gives the same bytes.
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { counted, shortBytes } from './amounts.ts'
import { drawDevices } from './draw-devices.ts'
import { drawMemory } from './draw-memory.ts'
import { drawProcessors } from './draw-processors.ts'
import { page, pageHeader, SECTION_GAP } from './page.ts'

export interface PicturedPlan {
  name: string
  digest: string
  plan: BootPlan
  /** What the plan's backends are, by their names. */
  sources: Readonly<Record<string, string>>
}

/** SVG, for a light and a dark page. */
export function drawPlan({ name, digest, plan, sources }: PicturedPlan): string {
  const header = pageHeader(name, lineOf(plan), digest)
  const memory = drawMemory(plan, header.bottom + SECTION_GAP - 8)
  const processors = drawProcessors(plan, memory.bottom + SECTION_GAP)
  const devices = drawDevices(plan, { name, sources }, processors.bottom + SECTION_GAP)
  return page({
    title: `Boot plan of ${name}`,
    description: `${lineOf(plan)}. ${devicesLine(plan)} The digest of the plan is ${digest}.`,
    elements: [header, memory, processors, devices].flatMap(({ elements }) => elements),
    bottom: devices.bottom,
  })
}

function lineOf({ vcpus, memory, boot, load }: BootPlan): string {
  const bytes = memory.reduce((sum, { size }) => sum + size, 0)
  const has = (label: string): boolean => load.some((item) => item.label === label)
  const tables = [...(has('acpi.rsdp') ? ['ACPI'] : []), ...(has('mptable.pointer') ? ['an MP table'] : [])]
  const found = tables.length === 0 ? 'no tables' : tables.join(' and ')
  return `${counted(vcpus.length, 'vCPU')}, ${shortBytes(bytes)} of memory, started by ${boot.protocol}, with ${found}`
}

function devicesLine({ devices }: BootPlan): string {
  const named = devices.map(({ id, gsi }) => (gsi === undefined ? id : `${id} on GSI ${gsi}`))
  return `${counted(devices.length, 'device')}: ${named.join(', ')}.`
}
