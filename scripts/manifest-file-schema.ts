// From the schema of a manifest, that of a file as it is written: values may be references, or null to remove, and where a file
// has a base or is one, be missing.

export interface Schema {
  $id?: string
  $ref?: string
  title?: string
  description?: string
  markdownDescription?: string
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
  if?: Schema
  then?: Schema | boolean
  else?: Schema
}

/** A reference anywhere in a string: what that comes to is checked by `volt validate`. */
const REFERENCE = '\\$\\{var\\.'
/** With words of their own, by which editors tell them from what a field is otherwise. */
const ALTERNATIVES: Record<string, Schema> = {
  reference: { type: 'string', pattern: REFERENCE, description: 'A reference to a variable.' },
  nothing: { type: 'null', description: 'Removes what a base says.' },
}
/** By which entries of lists are told apart; they are never left out, and one may be taken out. */
const KEYS = ['name', 'tag']
/** Always written as they are. */
const FIXED = ['apiVersion', 'kind', 'extends', 'vars', 'abstract']

export function manifestFileSchema(schema: Schema): Schema {
  const { definitions = {}, properties = {}, else: whole = {} } = schema
  return {
    ...schema,
    $id: 'urn:volt:manifest-file:v1',
    title: 'ManifestFile',
    description:
      'A manifest as it is written. Values may be references such as ${var.cpus}; with extends (docs/composition.md) null removes what a base says, and what a base says may be missing.',
    else: { ...whole, ...demands({ ...schema, ...whole }) },
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, FIXED.includes(name) ? field : loosened(field)]),
    ),
    definitions: {
      ...Object.fromEntries(
        Object.entries(definitions).map(([name, part]) => [name, part.enum === undefined ? alternatives(part) : part]),
      ),
      ...ALTERNATIVES,
    },
  }
}

/** What mappings must have where nothing comes from a base. Empty for what is no mapping and holds none. */
function demands({ required, properties = {}, items, oneOf = [] }: Schema): Schema {
  const fields = Object.entries(properties).flatMap(([name, field]) => {
    const part = demands(field)
    return Object.keys(part).length === 0 ? [] : [[name, part] as const]
  })
  const entries = items === undefined ? {} : demands(items)
  // Of several mappings as alternatives nothing is asked.
  const [mapping = {}, ...others] = oneOf.map(demands).filter((part) => Object.keys(part).length > 0)
  return {
    ...(required !== undefined && { required }),
    ...(fields.length > 0 && { properties: Object.fromEntries(fields) }),
    ...(Object.keys(entries).length > 0 && { items: entries }),
    ...(others.length === 0 && mapping),
  }
}

/** The value of a field. */
function loosened(field: Schema): Schema {
  const { description, markdownDescription, title, type, items, ...others } = field
  const head = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(markdownDescription !== undefined && { markdownDescription }),
  }
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
  const reference: Schema = { $ref: '#/definitions/reference' }
  const nothing: Schema[] = nullable ? [{ $ref: '#/definitions/nothing' }] : []
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
