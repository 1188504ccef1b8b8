// The JSON Schemas of what people write: loaded once, compiled once, and the only source of defaults.
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

export interface SchemaNode {
  type?: string
  const?: unknown
  enum?: unknown[]
  default?: unknown
  oneOf?: SchemaNode[]
  items?: SchemaNode
  properties?: Record<string, SchemaNode>
  patternErrorMessage?: string
}

export type Format = 'manifest' | 'cpu-template'

const schemas = new Map<Format, SchemaNode>()
const validators = new Map<Format, ValidateFunction>()

export function schemaOf(format: Format): SchemaNode {
  const file = new URL(`../../schema/${format}.schema.json`, import.meta.url)
  const schema = schemas.get(format) ?? (JSON.parse(readFileSync(file, 'utf8')) as SchemaNode)
  schemas.set(format, schema)
  return schema
}

/** Everything the schema has against `value`; empty when it is of that format. */
export function schemaErrors(value: unknown, format: Format): ErrorObject[] {
  const validate = validators.get(format) ?? compile(format)
  validators.set(format, validate)
  return validate(value) ? [] : (validate.errors ?? [])
}

function compile(format: Format): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false })
  // The word editors know for it, too: what a pattern means, as a sentence.
  return ajv.addVocabulary(['patternErrorMessage']).compile(schemaOf(format))
}

/** The manifest's default of a field, such as `defaultOf('console', 'device')`; lists are stepped into. */
export function defaultOf(...path: string[]): unknown {
  const step = (at: SchemaNode | undefined, name: string): SchemaNode | undefined =>
    [at, at?.items, ...(at?.oneOf ?? [])]
      .map((variant) => variant?.properties?.[name])
      .find((found) => found !== undefined)
  const node = path.reduce(step, schemaOf('manifest') as SchemaNode | undefined)
  if (node?.default === undefined) throw new Error(`the manifest's schema has no default for ${path.join('.')}`)
  return node.default
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
