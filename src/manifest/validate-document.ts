// One YAML document against its schema and what the schema cannot say.
import { checkSemantics } from './check-semantics.ts'
import { collapseErrors, pointerOf } from './collapse-errors.ts'
import type { CpuTemplate } from './cpu-template.gen.ts'
import { explainError, intendedKey } from './explain-error.ts'
import { MAX_PROBLEMS_PER_DOCUMENT } from './limits.ts'
import type { Lock } from './lock.gen.ts'
import type { Manifest } from './manifest.gen.ts'
import { child, quote, type Problem } from './problem.ts'
import { COMPOSITION_KEYS, schemaErrors, type Format } from './schema.ts'

export interface Validation<Value> {
  /** Set when there is no problem. */
  valid?: Value
  problems: Problem[]
}

export function validateManifest(value: unknown): Validation<Manifest> {
  const { problems, refused } = checkSchema(value, 'manifest')
  return outcome(value, [...problems, ...checkSemantics(value, refused)])
}

/** `unknown` are pointers of values that are known only where this base is extended. It may lack what a machine needs. */
export function validateBase(value: unknown, unknown: readonly string[]): Problem[] {
  const errors = collapseErrors(schemaErrors(value, 'manifest')).filter((error) => {
    const pointer = pointerOf(error)
    return error.keyword !== 'required' && !unknown.some((at) => pointer === at || pointer.startsWith(`${at}/`))
  })
  return errors.slice(0, MAX_PROBLEMS_PER_DOCUMENT).map((error) => explainError(error, 'manifest'))
}

/** What says how a manifest is put together, of a document that need not be one. */
export function checkComposition(value: unknown): Problem[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  const part = Object.fromEntries(Object.entries(value).filter(([key]) => COMPOSITION_KEYS.includes(key)))
  return checkSchema(part, 'composition').problems
}

export function validateTemplate(value: unknown): Validation<CpuTemplate> {
  const { problems } = checkSchema(value, 'cpu-template')
  return outcome(value, problems.length > 0 ? problems : checkLists(value as CpuTemplate))
}

export function validateLock(value: unknown): Validation<Lock> {
  return outcome(value, checkSchema(value, 'lock').problems)
}

function outcome<Value>(value: unknown, problems: Problem[]): Validation<Value> {
  return problems.length === 0 ? { valid: value as Value, problems } : { problems }
}

/** `refused` are the pointers of the fields with which something is wrong. */
function checkSchema(value: unknown, format: Format): { problems: Problem[]; refused: string[] } {
  const errors = collapseErrors(schemaErrors(value, format))
  const misspelt = new Set(errors.map((error) => `${error.instancePath}/${intendedKey(error) ?? ''}`))
  const mistakes = errors.filter((error) => {
    // A key that is there under a misspelt name is not missing as well.
    const { missingProperty } = error.params as { missingProperty?: string }
    return missingProperty === undefined || !misspelt.has(`${error.instancePath}/${missingProperty}`)
  })
  const problems = mistakes.slice(0, MAX_PROBLEMS_PER_DOCUMENT).map((error) => explainError(error, format))
  return { problems, refused: errors.map(pointerOf) }
}

function checkLists({ features, keep = [] }: CpuTemplate): Problem[] {
  return keep.flatMap((name, index) => {
    if (!features.includes(name)) return []
    const message = `keep has ${quote(name)}, which features has as well`
    return [{ code: 'V003', message, pointer: child('/keep', index), hint: 'keep one of them' }]
  })
}
