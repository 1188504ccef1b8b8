// From the schema of a manifest, that of a file with extends and vars: values may be references, or null to remove, and be missing.

export interface Schema {
  $id?: string
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  pattern?: string
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  definitions?: Record<string, Schema>
}

/** A reference anywhere in a string: what that comes to is checked by `volt validate`. */
const REFERENCE = '\\$\\{var\\.'
/** By which entries of lists are told apart; they are never left out, and one may be taken out. */
const KEYS = ['name', 'tag']
/** Always written as they are. */
const FIXED = ['apiVersion', 'kind', 'extends', 'vars', 'abstract']

export function manifestFileSchema(schema: Schema): Schema {
  const { definitions = {}, properties = {} } = schema
  // Without what says which documents are whole.
  const others = Object.fromEntries(Object.entries(schema).filter(([key]) => !['if', 'then', 'else'].includes(key)))
  return {
    ...others,
    $id: 'urn:volt:manifest-file:v1',
    title: 'ManifestFile',
    description:
      'A manifest as it is written with extends and vars (docs/composition.md). Values may be references such as ${var.cpus}, null removes what a base says, and what a base says may be missing.',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, FIXED.includes(name) ? field : loosened(field)]),
    ),
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, part]) => [name, part.enum === undefined ? alternatives(part) : part]),
    ),
  }
}

/** The value of a field. */
function loosened(field: Schema): Schema {
  const { description, title, type, items, ...others } = field
  const head = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) }
  if (type === 'object') return { ...head, ...mapping(others), type: ['object', 'null'] }
  if (type === 'array') return { ...head, ...others, type: ['array', 'null'], ...(items && { items: entry(items) }) }
  return { ...head, ...alternatives({ ...others, ...(type !== undefined && { type }) }) }
}

function mapping({ properties = {}, additionalProperties, ...parts }: Schema): Schema {
  const others = Object.fromEntries(Object.entries(parts).filter(([key]) => key !== 'required'))
  const fields = Object.entries(properties).map(([name, field]) => [name, loosened(field)] as const)
  const rest = typeof additionalProperties === 'object' ? loosened(additionalProperties) : additionalProperties
  return {
    ...others,
    ...(fields.length > 0 && { properties: Object.fromEntries(fields) }),
    ...(rest !== undefined && { additionalProperties: rest }),
  }
}

/** An entry of a list. */
function entry(items: Schema): Schema {
  if (items.type !== 'object') return alternatives(items, false)
  const { properties = {}, ...others } = mapping(items)
  const key = KEYS.find((name) => items.properties?.[name] !== undefined)
  if (key === undefined) return { ...others, properties }
  const description = `Takes the one of this ${key} out of what this manifest extends.`
  return { ...others, properties: { ...properties, remove: { const: true, description } } }
}

/** A scalar, or one of several things: that, or a reference, or null. */
function alternatives(field: Schema, nullable = true): Schema {
  const { oneOf, type, enum: words, const: word, pattern, $ref, ...others } = field
  const reference: Schema = { type: 'string', pattern: REFERENCE }
  const nothing: Schema[] = nullable ? [{ type: 'null' }] : []
  if (oneOf !== undefined) return { ...others, anyOf: [...oneOf.map(alternative), reference, ...nothing] }
  const own: Schema = {
    ...(type !== undefined && { type }),
    ...(words !== undefined && { enum: words }),
    ...(word !== undefined && { const: word }),
    ...(pattern !== undefined && { pattern }),
    ...($ref !== undefined && { $ref }),
  }
  return { ...others, anyOf: [own, reference, ...nothing] }
}

function alternative(part: Schema): Schema {
  if (part.type === 'object') return mapping(part)
  if (part.type === 'array') return { ...part, ...(part.items && { items: entry(part.items) }) }
  return part
}
