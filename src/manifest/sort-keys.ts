// Puts the keys of a manifest's mappings into the order of the schema, with their comments.
import { isMap, isPair, isScalar, isSeq, visit, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml'
import type { YamlDocument } from './parse-documents.ts'
import { fieldsOf, manifestFields } from './schema-fields.ts'

type Entry = Pair<Node, Node | null>

/** Changes `document`. Keys that are not known stay behind the others, in their order. */
export function sortKeys(document: YamlDocument, text: string): void {
  const root: unknown = document.contents
  if (!isMap(root) || hasAlias(document)) return
  const kind = root.get('kind')
  if (kind !== undefined && kind !== 'MicroVM') return
  const before = root.items[0] as Entry | undefined
  sortMapping(root, '', text)
  if (before !== undefined && root.items[0] !== before) keepHeader(root, before)
}

/** An alias must stay behind its anchor. */
function hasAlias(document: YamlDocument): boolean {
  let found = false
  visit(document, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

function sortValue(value: unknown, path: string, text: string): void {
  if (isMap(value)) sortMapping(value, path, text)
  if (isSeq(value)) for (const item of value.items) sortValue(item, path, text)
}

function sortMapping(map: YAMLMap, path: string, text: string): void {
  const order = fieldsOf(manifestFields(), path).map(({ name }) => name)
  const items = map.items as Entry[]
  for (const pair of items) {
    const name = keyOf(pair)
    const [first] = isMap(pair.value) ? (pair.value.items as Entry[]) : []
    sortValue(pair.value, path === '' ? name : `${path}.${name}`, text)
    if (first !== undefined && isMap(pair.value) && pair.value.items[0] !== first) {
      releaseComment(pair, pair.value, first, text)
    }
  }
  const rank = (pair: Entry): number => {
    const place = order.indexOf(keyOf(pair))
    return place === -1 ? order.length : place
  }
  items.sort((a, b) => rank(a) - rank(b))
  for (const pair of items.slice(0, 1)) pair.key.spaceBefore = false
}

function keyOf({ key }: Entry): string {
  return isScalar(key) ? String((key as Scalar<string>).value) : ''
}

/** The library gives the mapping what is written above its first key: that goes with the key. */
function releaseComment({ key }: Entry, map: YAMLMap, first: Entry, text: string): void {
  const lines = map.commentBefore?.split('\n') ?? []
  const between = text.slice(key.range?.[1] ?? 0, map.range?.[0] ?? 0)
  const onKeyLine = /^[^\n]*#/.test(between) ? 1 : 0
  map.commentBefore = lines.slice(0, onKeyLine).join('\n') || null
  first.key.commentBefore = lines.slice(onKeyLine).join('\n') || null
}

/** What a file begins with stays there: a modeline, and what stands right below it. */
function keepHeader(root: YAMLMap, before: Entry): void {
  const comment = before.key.commentBefore ?? root.commentBefore
  const [first] = root.items as Entry[]
  if (!comment || !isPair(first)) return
  const cut = comment.lastIndexOf('\n\n')
  const header = cut === -1 ? comment : `${comment.slice(0, cut)}\n`
  root.commentBefore = null
  before.key.commentBefore = cut === -1 ? null : comment.slice(cut + 2)
  first.key.commentBefore = [header, ...(first.key.commentBefore ? [first.key.commentBefore] : [])].join('\n')
}
