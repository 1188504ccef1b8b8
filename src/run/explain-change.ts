// Says in what two versions of a VM differ: by field of the manifest, else by what the manifest stands for.
import { isDeepStrictEqual } from 'node:util'
import type { BootPlan } from '../plan/boot-plan.gen.ts'

/** One VM as it was or will be started; `manifest` is null where it came from a saved plan. */
export interface VmVersion {
  manifest: object | null
  plan: BootPlan | undefined
}

/** Lines such as `vcpus.count: 2 → 4`; empty when nothing differs. */
export function explainChange(before: VmVersion, after: VmVersion): string[] {
  const fields =
    before.manifest === null || after.manifest === null ? [] : differences(before.manifest, after.manifest, [])
  if (fields.length > 0) return fields
  if (before.plan === undefined || after.plan === undefined) return []
  return planDifferences(before.plan, after.plan)
}

function differences(before: unknown, after: unknown, path: string[]): string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]))
  }
  const [old, now] = [byName(before), byName(after)]
  if (old !== undefined && now !== undefined) {
    const order = isDeepStrictEqual(Object.keys(old), Object.keys(now))
      ? []
      : [`${path.join('.')}: ${orderOf(old)} → ${orderOf(now)}`]
    return [...order, ...differences(shared(old, now), shared(now, old), path)]
  }
  return [`${path.join('.')}: ${show(before)} → ${show(after)}`]
}

/** A list whose entries have names, such as disks, as a mapping; undefined for other values. */
function byName(value: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(value)) return undefined
  const entries = value.map((entry: unknown) => (isRecord(entry) ? [entry['name'], entry] : []))
  return entries.every(([name]) => typeof name === 'string')
    ? (Object.fromEntries(entries) as Record<string, unknown>)
    : undefined
}

function shared(entries: Record<string, unknown>, others: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name in others))
}

function orderOf(entries: Record<string, unknown>): string {
  return Object.keys(entries).join(', ') || 'none'
}

function planDifferences(before: BootPlan, after: BootPlan): string[] {
  const files = after.files
    .filter((file) => before.files.find(({ id }) => id === file.id)?.sha256 !== file.sha256)
    .map((file) => `${file.id}: its content`)
  if (files.length > 0) return files
  const keys = Object.keys(after) as (keyof BootPlan)[]
  return keys.filter((key) => !isDeepStrictEqual(before[key], after[key])).map((key) => `boot plan: ${key}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
