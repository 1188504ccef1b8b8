// The fields of a manifest one by one, as its schema has them.
import { schemaOf, type SchemaNode } from './schema.ts'

export interface Field {
  /** `disks[].rateLimit`; `[]` is any entry of a list. */
  path: string
  name: string
  /** With its reference resolved. */
  node: SchemaNode
  /** Whether the mapping it is in must have it. */
  required: boolean
}

/** In the order of the schema, a mapping before what is in it. */
export function manifestFields(): ReadonlyMap<string, Field> {
  return new Map(fieldsIn(schemaOf('manifest'), '').map((field) => [field.path, field]))
}

/** The fields of the mapping at `path`, which may be an entry of a list; '' is the manifest. */
export function fieldsOf(fields: ReadonlyMap<string, Field>, path: string): Field[] {
  const prefixes = path === '' ? [''] : [`${path}.`, `${path}[].`]
  return [...fields.values()].filter((field) => prefixes.includes(field.path.slice(0, -field.name.length)))
}

/** What a reference of the manifest's schema stands for. */
export function resolveNode(node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node
  const name = node.$ref.slice('#/definitions/'.length)
  const found = schemaOf('manifest').definitions?.[name]
  if (found === undefined) throw new Error(`the manifest's schema has no definition ${name}`)
  return found
}

/** The node and its alternatives. */
export function variantsOf(node: SchemaNode): SchemaNode[] {
  const { oneOf = [], anyOf = [] } = node
  return [node, ...[...oneOf, ...anyOf].map(resolveNode)]
}

function fieldsIn(node: SchemaNode, path: string): Field[] {
  return variantsOf(node).flatMap((variant) => [
    ...Object.entries(variant.properties ?? {}).flatMap(([name, part]) => {
      const field = {
        path: path === '' ? name : `${path}.${name}`,
        name,
        node: resolveNode(part),
        required: [variant.required, variant.else?.required].some((names) => names?.includes(name)),
      }
      return [field, ...fieldsIn(field.node, field.path)]
    }),
    ...(variant.items === undefined ? [] : fieldsIn(resolveNode(variant.items), `${path}[]`)),
  ])
}
