// One YAML document against the schema and what the schema cannot say.
import { checkSemantics } from './check-semantics.ts'
import { collapseErrors, pointerOf } from './collapse-errors.ts'
import { explainError, intendedKey } from './explain-error.ts'
import { MAX_PROBLEMS_PER_DOCUMENT } from './limits.ts'
import type { Manifest } from './manifest.gen.ts'
import type { Problem } from './problem.ts'
import { schemaErrors } from './schema.ts'

export interface Validation {
  /** Set when there is no problem. */
  manifest?: Manifest
  problems: Problem[]
}

export function validateDocument(value: unknown): Validation {
  const errors = collapseErrors(schemaErrors(value))
  const misspelt = new Set(errors.map((error) => `${error.instancePath}/${intendedKey(error) ?? ''}`))
  const mistakes = errors.filter((error) => {
    // A key that is there under a misspelt name is not missing as well.
    const { missingProperty } = error.params as { missingProperty?: string }
    return missingProperty === undefined || !misspelt.has(`${error.instancePath}/${missingProperty}`)
  })
  const problems = [
    ...mistakes.slice(0, MAX_PROBLEMS_PER_DOCUMENT).map(explainError),
    ...checkSemantics(value, errors.map(pointerOf)),
  ]
  return problems.length === 0 ? { manifest: value as Manifest, problems } : { problems }
}
