// Finds the field that a person names: by its path as the documentation, a plan or a diagnostic has it.
import { didYouMean } from './did-you-mean.ts'
import { quote } from './problem.ts'
import { fieldsOf, manifestFields, type Field } from './schema-fields.ts'

export type FoundField = { ok: true; field: Field } | { ok: false; message: string; hint: string }

/** `disks.rateLimit`, `disks[].rateLimit`, `disks[0].rateLimit`, `/disks/0/rateLimit`; `disks.root.rateLimit` of a plan. */
export function findField(path: string): FoundField {
  const fields = manifestFields()
  const segments = path.split(/[./[\]]+/).filter((segment) => segment !== '')
  let field: Field | undefined
  for (const [index, segment] of segments.entries()) {
    const inside = fieldsOf(fields, field?.path ?? '')
    const next = inside.find(({ name }) => name === segment)
    if (next !== undefined) field = next
    else if (field === undefined || !isEntry(field, segment, segments[index + 1], inside)) {
      return { ok: false, ...unknown(segment, field, inside, fields) }
    }
  }
  if (field !== undefined) return { ok: true, field }
  return { ok: false, message: `${quote(path)} names no field`, hint: 'volt explain lists them' }
}

/** A place or a name in a list, or a key of a mapping of the user's: they have no description of their own. */
function isEntry({ node }: Field, segment: string, next: string | undefined, inside: readonly Field[]): boolean {
  if (typeof node.additionalProperties === 'object') return next === undefined
  if (node.type !== 'array') return false
  return /^\d+$/.test(segment) || (next !== undefined && inside.some(({ name }) => name === next))
}

function unknown(
  segment: string,
  owner: Field | undefined,
  inside: readonly Field[],
  fields: ReadonlyMap<string, Field>,
): { message: string; hint: string } {
  const message = `there is no field ${quote(segment)}${owner === undefined ? '' : ` in ${owner.path}`}`
  const near = didYouMean(
    segment,
    inside.map(({ name }) => name),
  )
  const meant = inside.find(({ name }) => name === near)
  if (meant !== undefined) return { message, hint: `did you mean ${meant.path}?` }
  const elsewhere = [...fields.values()].filter(({ name }) => name === segment)
  if (elsewhere.length > 0) {
    return { message, hint: `${segment} is in other places: ${elsewhere.map((field) => field.path).join(', ')}` }
  }
  const distant = didYouMean(segment, [...new Set([...fields.values()].map(({ name }) => name))])
  const places = [...fields.values()].filter(({ name }) => name === distant).map((field) => field.path)
  if (places.length > 0) return { message, hint: `did you mean ${places.join(' or ')}?` }
  if (inside.length === 0) return { message, hint: `${owner?.path ?? 'a manifest'} has no fields` }
  return { message, hint: `there are ${inside.map(({ name }) => name).join(', ')}` }
}
