// A saved plan: what `volt plan -o` writes and `volt apply plan.json` reads.
import type { ValidateFunction } from 'ajv'
import { VoltError } from '../volt-error.ts'
import { backendNames } from './backends.ts'
import type { BootPlan } from './boot-plan.gen.ts'
import { checkPlan } from './check-plan.ts'
import { compileEnvelope } from './compile-envelope.ts'
import { planDigest } from './digest.ts'
import { formatJson } from './format-json.ts'
import type { Life } from './life.ts'

/** What a saved plan was made against. */
export interface PlanBasis {
  /** Digest of the plan that the machine ran; null where it did not run. */
  running: string | null
  /** When the images that are only read were last written to, by their names: nanoseconds since 1970. */
  images: Record<string, string>
}

/** A saved plan, as it is in its JSON file. */
export interface PlanEnvelope {
  formatVersion: 1
  /** Of `plan`, as `planDigest` gives it. */
  digest: string
  /**
   * Where each of the plan's files and backends was: an absolute path, `builtin:<name>`, `state:` for an overlay or a
   * socket of Volt's own, beside the state of the machine that runs the plan, `user:` with ports, `network:` with a
   * name, or `tap:` with an interface. Not covered by the digest.
   */
  sources: Record<string, string>
  /** Absent in a plan for another host, and in the state of a machine. */
  basis?: PlanBasis
  /** Absent where nothing is said of it. */
  life?: Life
  plan: BootPlan
}

/** A plan for 4096 processors stays below. Bounds what parsing costs. */
const TEXT_MAX = 16 * 1024 * 1024
/** Faults that one message names. */
const FAULTS_SHOWN = 5

/**
 * Reads and checks an envelope: schema, digest, overlaps, references.
 * @throws VoltError PLAN_INVALID; its message names each fault with a JSON pointer
 */
export function parsePlanFile(text: string): PlanEnvelope {
  if (text.length > TEXT_MAX) throw invalid(`it is longer than ${TEXT_MAX} characters`)
  const value = parseJson(text)
  const schemaFaults = checkSchema(value)
  if (schemaFaults.length > 0) throw invalid(listFaults(schemaFaults))
  const envelope = value as PlanEnvelope
  const faults = checkPlan(envelope.plan).map(({ pointer, message }) => `/plan${pointer} ${message}`)
  faults.push(...checkSources(envelope), ...checkDigest(envelope))
  if (faults.length > 0) throw invalid(listFaults(faults))
  return envelope
}

/** JSON that reads well and ends with a newline: what fits a line stays on it. */
export function formatPlanFile(envelope: PlanEnvelope): string {
  return `${formatJson(envelope)}\n`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

/** Compiled at first use. */
let validator: ValidateFunction | undefined

function checkSchema(value: unknown): string[] {
  const validate = (validator ??= compileEnvelope().validate)
  try {
    if (validate(value)) return []
  } catch (error) {
    // A pattern runs out of stack on a string of many megabytes.
    if (error instanceof RangeError) return ['/plan holds a string that is too long']
    throw error
  }
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : ''
    return `${instancePath || '/'} ${message ?? 'is wrong'}${extra}`
  })
}

function checkDigest({ digest, plan }: PlanEnvelope): string[] {
  const actual = planDigest(plan)
  return actual === digest ? [] : [`/digest is not that of the plan, ${actual}: it was changed after it was saved`]
}

/** Every file and backend of the plan has a source, and nothing else has. */
function checkSources({ sources, plan }: PlanEnvelope): string[] {
  const wanted = new Set([...plan.files.map(({ id }) => id), ...backendNames(plan)])
  const missing = [...wanted]
    .filter((id) => !Object.hasOwn(sources, id))
    .map((id) => `/sources does not say where ${id} is`)
  const unknown = Object.keys(sources)
    .filter((id) => !wanted.has(id))
    .map((id) => `/sources/${id} is not a file or backend of the plan`)
  return [...missing, ...unknown]
}

function listFaults(faults: string[]): string {
  const more = faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : []
  return [...faults.slice(0, FAULTS_SHOWN), ...more].join('; ')
}

function invalid(what: string, cause?: unknown): VoltError {
  const hint = 'make the plan again with `volt plan -o`; a plan is not meant to be edited'
  return new VoltError('PLAN_INVALID', `this is not a usable plan: ${what}`, { hint, cause })
}
