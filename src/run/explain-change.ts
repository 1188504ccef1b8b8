// Says in what two versions of a VM differ: by field of the manifest, else by what the manifest stands for.
import { isDeepStrictEqual } from 'node:util'
import { inWords } from '../manifest/spec-words.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { fieldClass, type ChangeClass } from './change-classes.ts'
import { differencesOf, shown } from './differences.ts'

/** One VM as it was or will be started; `manifest` is null where it came from a saved plan. */
export interface VmVersion {
  manifest: object | null
  plan: BootPlan | undefined
}

/** One thing that differs. */
export interface Reason {
  /** For people: `vcpus: 2 → 4`. */
  text: string
  /** What it is about: a field of the manifest, or a file or backend of the plan. */
  field?: string
  /** As a manifest has them; absent where there was or is none. */
  from?: unknown
  to?: unknown
  class?: ChangeClass
}

/** Empty when nothing differs. */
export function explainChange(before: VmVersion, after: VmVersion): Reason[] {
  const fields =
    before.manifest === null || after.manifest === null ? [] : fieldReasons(before.manifest, after.manifest)
  if (fields.length > 0) return fields
  if (before.plan === undefined || after.plan === undefined) return []
  return planReasons(before.plan, after.plan)
}

function fieldReasons(before: object, after: object): Reason[] {
  const [old, now] = [inWords(before), inWords(after)]
  const [was, is] = [templateOf(before), templateOf(after)]
  const changed = was.template === is.template && !isDeepStrictEqual(was.rules, is.rules)
  return [
    ...(changed ? [contentOf('cpu.template')] : []),
    ...differencesOf(withoutRules(old), withoutRules(now)).map(({ field, path, from, to }) => ({
      text: `${field}: ${shown(from)} → ${shown(to)}`,
      field,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      class: fieldClass(path).class,
    })),
  ]
}

function templateOf(spec: object): { template?: unknown; rules?: unknown } {
  return (spec as { cpu?: object }).cpu ?? {}
}

/** What a template says is no field of the manifest. */
function withoutRules({ cpu, ...others }: Record<string, unknown>): Record<string, unknown> {
  return { ...others, ...(cpu !== undefined && { cpu: { ...cpu, rules: undefined } }) }
}

function planReasons(before: BootPlan, after: BootPlan): Reason[] {
  const files = after.files
    .filter((file) => before.files.find(({ id }) => id === file.id)?.sha256 !== file.sha256)
    .map((file) => contentOf(file.id))
  if (files.length > 0) return files
  const keys = Object.keys(after) as (keyof BootPlan)[]
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({ text: `boot plan: ${key}`, class: 'restart' }))
}

/** Of what is made from files: no field says it. */
export function contentOf(field: string): Reason {
  return { text: `${field}: its content`, field, class: 'restart' }
}
