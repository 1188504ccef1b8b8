// What a field of the schema takes, as a phrase.
import { resolveNode } from './schema-fields.ts'
import type { SchemaNode } from './schema.ts'

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
}

/** `a size such as 512MiB or 1GiB`, `one of auto, none, always`, `true or false, or a mapping`. */
export function typePhrase(written: SchemaNode): string {
  const node = resolveNode(written)
  const { oneOf, anyOf, const: only, enum: words, patternErrorMessage } = node
  const variants = oneOf ?? anyOf
  if (patternErrorMessage !== undefined) return patternErrorMessage.replace(/^must be /, '')
  if (variants !== undefined) return [...new Set(variants.map(typePhrase))].join(', or ')
  if (only !== undefined) return JSON.stringify(only).replaceAll(/^"|"$/g, '')
  if (words !== undefined) return `one of ${words.map(String).join(', ')}`
  if (node.type === 'integer' || node.type === 'number') return numberPhrase(node)
  if (node.type === 'array') return `a list${node.items === undefined ? '' : `, each ${typePhrase(node.items)}`}`
  return WORDS[node.type ?? ''] ?? 'any value'
}

function numberPhrase({ type, minimum, maximum }: SchemaNode): string {
  const from = minimum === undefined ? '' : ` from ${minimum}`
  const to = maximum === undefined ? '' : `${from === '' ? ' up' : ''} to ${maximum}`
  return `a ${type === 'integer' ? 'whole ' : ''}number${from}${to}`
}
