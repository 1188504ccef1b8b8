// Reduces what ajv reports to one error for each mistake: of a oneOf only the branch that the user must have meant.
import type { ErrorObject } from 'ajv'
import { child } from './problem.ts'
import type { SchemaNode } from './schema.ts'

/** Errors in ajv's order, without those that only follow from others. */
export function collapseErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'oneOf')
  return errors.filter((error) => {
    if (error.keyword === 'propertyNames') return false
    if (error.keyword === 'oneOf') return matchingBranch(error) === undefined
    return alternatives.every((oneOf) => !isInside(error, oneOf) || isInMatchingBranch(error, oneOf))
  })
}

function isInside(error: ErrorObject, oneOf: ErrorObject): boolean {
  return error.schemaPath.startsWith(`${oneOf.schemaPath}/`) && isAtOrBelow(error.instancePath, oneOf.instancePath)
}

function isInMatchingBranch(error: ErrorObject, oneOf: ErrorObject): boolean {
  const branch = matchingBranch(oneOf)
  return branch !== undefined && error.schemaPath.startsWith(`${oneOf.schemaPath}/${branch}/`)
}

/** The branch made for values of this type, if there is one. */
function matchingBranch(oneOf: ErrorObject): number | undefined {
  const branches = (oneOf.parentSchema as SchemaNode).oneOf ?? []
  const index = branches.findIndex(({ type }) => type === typeName(oneOf.data))
  return index === -1 ? undefined : index
}

/** The schema's word for the type of a value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function isAtOrBelow(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`)
}

/** The pointer a person expects: of the unknown key itself, of the object that lacks one, of the value otherwise. */
export function pointerOf(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') {
    return child(error.instancePath, String((error.params as { additionalProperty: unknown }).additionalProperty))
  }
  return error.propertyName === undefined ? error.instancePath : child(error.instancePath, error.propertyName)
}
