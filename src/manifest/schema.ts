// The JSON Schemas of what people write: loaded once, compiled once, and the only source of defaults.
import { readFileSync } from 'node:fs'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { compileSchema } from './compile-schema.ts'

export interface SchemaNode {
  $ref?: string
  definitions?: Record<string, SchemaNode>
  title?: string
  description?: string
  examples?: unknown[]
  type?: string
  const?: unknown
  enum?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  oneOf?: SchemaNode[]
  anyOf?: SchemaNode[]
  items?: SchemaNode
  properties?: Record<string, SchemaNode>
  additionalProperties?: SchemaNode | boolean
  required?: string[]
  else?: SchemaNode
  patternErrorMessage?: string
}

/** `composition` is of a manifest what says how it is put together: extends, vars and abstract. */
export const FORMATS = ['manifest', 'composition', 'cpu-template', 'lock'] as const
export type Format = (typeof FORMATS)[number]

const schemas = new Map<Format, SchemaNode>()
const validators = new Map<Format, ValidateFunction>()

export const COMPOSITION_KEYS: readonly string[] = ['extends', 'vars', 'abstract']

export function schemaOf(format: Format): SchemaNode {
  const name = format === 'composition' ? 'manifest' : format
  const file = new URL(`../../schema/${name}.schema.json`, import.meta.url)
  const schema = schemas.get(name) ?? (JSON.parse(readFileSync(file, 'utf8')) as SchemaNode)
  schemas.set(name, schema)
  return schema
}

/** Everything the schema has against `value`; empty when it is of that format. */
export function schemaErrors(value: unknown, format: Format): ErrorObject[] {
  const validate = validators.get(format) ?? compileSchema(format, checkedSchema(format)).validate
  validators.set(format, validate)
  return validate(value) ? [] : (validate.errors ?? [])
}

/** A manifest is checked in two parts: how it is put together, and what comes of that, which is whole. */
export function checkedSchema(format: Format): object {
  const schema = schemaOf(format)
  if (format !== 'manifest' && format !== 'composition') return schema
  const { additionalProperties, definitions, else: whole, properties = {}, required = [] } = schema
  const isPart = format === 'composition'
  const fields = Object.entries(properties).filter(([name]) => COMPOSITION_KEYS.includes(name) === isPart)
  const all = isPart ? [] : [...required, ...(whole?.required ?? [])]
  return { type: 'object', additionalProperties, definitions, required: all, properties: Object.fromEntries(fields) }
}

/** The manifest's default of a field, such as `defaultOf('console', 'device')`; lists and mappings are stepped into. */
export function defaultOf(...path: string[]): unknown {
  const step = (at: SchemaNode | undefined, name: string): SchemaNode | undefined =>
    [at, at?.items, entriesOf(at), ...(at?.oneOf ?? [])]
      .map((variant) => variant?.properties?.[name])
      .find((found) => found !== undefined)
  const node = path.reduce(step, schemaOf('manifest') as SchemaNode | undefined)
  if (node?.default === undefined) throw new Error(`the manifest's schema has no default for ${path.join('.')}`)
  return node.default
}

/** What the entries of a mapping with names of the user's are. */
function entriesOf(node: SchemaNode | undefined): SchemaNode | undefined {
  return typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined
}

/** Objects of the schema that have a property of that name, as dotted paths; '' is the document. */
export function ownersOf(property: string, node: SchemaNode, path = ''): string[] {
  const own = node.properties && Object.hasOwn(node.properties, property) ? [path] : []
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, part]) =>
    [part, ...(part.items ? [part.items] : []), ...(part.oneOf ?? [])].flatMap((variant) =>
      ownersOf(property, variant, path === '' ? name : `${path}.${name}`),
    ),
  )
  return [...own, ...inner]
}
