// Plans whose MP table was altered by one entry, to see that the lab's assertions notice it on a real guest.
import { formatPlanFile, type PlanEnvelope } from '../../src/plan/plan-file.ts'
import { planDigest } from '../../src/plan/digest.ts'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'

const HEADER_SIZE = 44
const CHECKSUM = 7
const PROCESSOR = { type: 0, size: 20 }
const IO_INTERRUPT = { type: 3, size: 8 }

/** Another I/O APIC pin for an ISA interrupt (MPS 1.4 §4.3.4). */
export function alterInterruptPin(plan: BootPlan, irq: number, pin: number): BootPlan {
  return alterTable(plan, (entry) => {
    if (entry[0] === IO_INTERRUPT.type && entry[5] === irq) entry[7] = pin
  })
}

/** Another APIC id for a processor of the table (MPS 1.4 §4.3.1). */
export function alterApicId(plan: BootPlan, from: number, to: number): BootPlan {
  return alterTable(plan, (entry) => {
    if (entry[0] === PROCESSOR.type && entry[1] === from) entry[1] = to
  })
}

/** The plan as a saved file, with its digest made anew. */
export function savePlan(plan: BootPlan, sources: PlanEnvelope['sources']): string {
  return formatPlanFile({ formatVersion: 1, digest: planDigest(plan), sources, plan })
}

function alterTable(plan: BootPlan, edit: (entry: Uint8Array) => void): BootPlan {
  const altered = structuredClone(plan)
  const item = altered.load.find(({ label }) => label === 'mptable.config')
  if (item === undefined || !('data' in item.from)) throw new Error('the plan has no MP table')
  const table = new Uint8Array(item.size)
  table.set(Buffer.from(item.from.data, 'base64'))
  const before = table.slice()
  for (
    let at = HEADER_SIZE;
    at < table.length;
    at += table[at] === PROCESSOR.type ? PROCESSOR.size : IO_INTERRUPT.size
  ) {
    edit(table.subarray(at))
  }
  if (Buffer.compare(before, table) === 0) throw new Error('nothing was altered')
  table[CHECKSUM] = 0
  table[CHECKSUM] = -table.reduce((sum, byte) => sum + byte, 0) & 0xff
  item.from.data = Buffer.from(table.subarray(0, table.findLastIndex((byte) => byte !== 0) + 1)).toString('base64')
  return altered
}
