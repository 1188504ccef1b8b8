// The manifest's JSON Schema: loaded once, compiled once, and the only source of defaults.
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Manifest } from './manifest.gen.ts'

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

const SCHEMA_FILE = new URL('../../schema/manifest.schema.json', import.meta.url)

let schema: SchemaNode | undefined
let validate: ValidateFunction<Manifest> | undefined

export function manifestSchema(): SchemaNode {
  return (schema ??= JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as SchemaNode)
}

/** Everything the schema has against `value`; empty when it is a Manifest. */
export function schemaErrors(value: unknown): ErrorObject[] {
  validate ??= new Ajv({ allErrors: true, verbose: true, strictTypes: false })
    // The word editors know for it, too: what a pattern means, as a sentence.
    .addVocabulary(['patternErrorMessage'])
    .compile<Manifest>(manifestSchema())
  return validate(value) ? [] : (validate.errors ?? [])
}

/** The schema's default of a field, such as `defaultOf('console', 'device')`. */
export function defaultOf(...path: string[]): unknown {
  const step = (at: SchemaNode | undefined, name: string): SchemaNode | undefined =>
    [at, ...(at?.oneOf ?? [])].map((variant) => variant?.properties?.[name]).find((found) => found !== undefined)
  const node = path.reduce(step, manifestSchema() as SchemaNode | undefined)
  if (node?.default === undefined) throw new Error(`the manifest's schema has no default for ${path.join('.')}`)
  return node.default
}

/** Objects of the schema that have a property of that name, as dotted paths; '' is the document. */
export function ownersOf(property: string, node = manifestSchema(), path = ''): string[] {
  const own = node.properties && Object.hasOwn(node.properties, property) ? [path] : []
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, part]) =>
    [part, ...(part.oneOf ?? [])].flatMap((variant) =>
      ownersOf(property, variant, path === '' ? name : `${path}.${name}`),
    ),
  )
  return [...own, ...inner]
}
