// A field of the manifest explained: what it takes, where it goes, and what a change of it does.
import { stringify } from 'yaml'
import { fieldsOf, manifestFields, type Field } from '../manifest/schema-fields.ts'
import { typePhrase } from '../manifest/type-phrase.ts'
import { fieldClass, type FieldClass } from './change-classes.ts'

export interface FieldExplanation {
  path: string
  description: string
  type: string
  required: boolean
  default?: unknown
  examples: unknown[]
  /** A piece of a manifest with the field in its place. */
  place: string
  change: FieldClass
  /** What is inside a mapping, or an entry of a list. */
  fields: { path: string; name: string; type: string; required: boolean; description: string }[]
}

export function explainField({ path, node, required }: Field): FieldExplanation {
  const fields = manifestFields()
  return {
    path,
    description: node.description ?? '',
    type: typePhrase(node),
    required,
    ...(node.default !== undefined && { default: node.default }),
    examples: node.examples ?? [],
    place: stringify(placeOf(path, fields), { lineWidth: 0 }),
    change: fieldClass(path),
    fields: fieldsOf(fields, path).map((inner) => ({
      path: inner.path,
      name: inner.name,
      type: typePhrase(inner.node),
      required: inner.required,
      description: inner.node.description ?? '',
    })),
  }
}

/** The first example of the field, in the mappings and lists around it, with what those must have. */
export function placeOf(path: string, fields: ReadonlyMap<string, Field>): Record<string, unknown> {
  const names = path.split('.')
  const value: unknown = fields.get(path)?.node.examples?.[0]
  return names.reduceRight<unknown>((inner, name, depth) => {
    const key = name.replace('[]', '')
    const entry = name.endsWith('[]') ? [inner] : inner
    const around = names.slice(0, depth).join('.').replace(/\[\]$/, '')
    if (depth === 0) return { [key]: entry }
    const others = fieldsOf(fields, around).filter((field) => field.required && field.name !== key)
    return { ...Object.fromEntries(others.map((field) => [field.name, field.node.examples?.[0]])), [key]: entry }
  }, value) as Record<string, unknown>
}
