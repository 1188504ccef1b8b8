// Guest memory as the engine would fill it from a plan's inline items.
import type { BootPlan, LoadItem } from '../../../src/plan/boot-plan.gen.ts'

/** The item with this label; fails the test when it is missing. */
export function loadItem(plan: BootPlan, label: string): LoadItem {
  const item = plan.load.find((candidate) => candidate.label === label)
  if (!item) throw new Error(`the plan loads no ${label}`)
  return item
}

/** The item's extent, zero behind its data. */
export function itemBytes(plan: BootPlan, label: string): Buffer {
  const { from, size } = loadItem(plan, label)
  if (!('data' in from)) throw new Error(`${label} comes from a file`)
  const bytes = Buffer.alloc(size)
  Buffer.from(from.data, 'base64').copy(bytes)
  return bytes
}

/** Reads what inline items put at an address; zeros elsewhere. */
export function memoryReader(plan: BootPlan): (address: number, length: number) => Buffer {
  const items = plan.load
    .filter(({ from }) => 'data' in from)
    .map(({ label, gpa }) => ({ start: Number(gpa), bytes: itemBytes(plan, label) }))
  return (address, length) => {
    const result = Buffer.alloc(length)
    for (const { start, bytes } of items) {
      const from = Math.max(start, address)
      const to = Math.min(start + bytes.length, address + length)
      if (from < to) bytes.copy(result, from - address, from - start, to - start)
    }
    return result
  }
}
