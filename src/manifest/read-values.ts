// Builds plain values from a YAML document and notes where each stands. Aliases are replaced by what they stand for,
// within a budget; duplicate keys and tags beyond YAML's core are problems.
import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { MAX_DEPTH, MAX_VALUES } from './limits.ts'
import { Locations, type Span } from './locations.ts'
import { child, quote, type Problem } from './problem.ts'
import type { YamlDocument } from './parse-documents.ts'

export interface DocumentValues {
  value: unknown
  locations: Locations
  problems: Problem[]
}

/** Never throws. After a V008 the value is cut short and not worth validating. */
export function readValues(document: YamlDocument, text: string): DocumentValues {
  const reader = new ValueReader(text)
  const value = reader.read(document.contents, '', {}, 0)
  return { value, locations: reader.locations, problems: reader.problems }
}

interface Context {
  key?: Span
  /** Where an alias stands, while what it stands for is read. */
  alias?: Span
}

class ValueReader {
  readonly locations: Locations
  readonly problems: Problem[] = []
  readonly #anchors = new Map<string, { node: Node; open: boolean }>()
  /** What each alias stood for when it was first met: an anchor's name may be given again later. */
  readonly #targets = new Map<Alias, Node>()
  /** The outermost alias, while what it stands for is read. */
  #expanding: { pointer: string; span: Span } | undefined
  #values = 0

  constructor(text: string) {
    this.locations = new Locations(text)
  }

  read(node: Node | null, pointer: string, context: Context, depth: number): unknown {
    const own = spanOf(node)
    this.locations.add(pointer, { ...(context.key && { key: context.key }), value: context.alias ?? own })
    if (++this.#values > MAX_VALUES || depth > MAX_DEPTH) return this.#exhaust(pointer)
    if (node === null) return null
    if (isAlias(node)) return this.#readAlias(node, pointer, context, depth)
    const anchored = { node, open: true }
    if (node.anchor !== undefined && this.#expanding === undefined) this.#anchors.set(node.anchor, anchored)
    const value = this.#readContent(node, pointer, depth)
    anchored.open = false
    return value
  }

  #readContent(node: Node, pointer: string, depth: number): unknown {
    if (isMap(node)) return this.#readMap(node, pointer, depth)
    if (isSeq(node)) return this.#readSequence(node, pointer, depth)
    return isScalar(node) ? node.value : null
  }

  #readMap(map: YAMLMap, pointer: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      const name = isScalar(pair.key) ? String(pair.key.value) : ''
      const key = spanOf(pair.key)
      const at = child(pointer, name)
      if (entries.has(name)) this.#rejectDuplicate(name, at, key)
      else entries.set(name, this.read(pair.value, at, { key }, depth + 1))
    }
    // fromEntries defines properties, so that `__proto__` is a key like any other.
    return Object.fromEntries(entries)
  }

  #readSequence(sequence: YAMLSeq, pointer: string, depth: number): unknown[] {
    return sequence.items.map((item, index) => this.read(item as Node | null, child(pointer, index), {}, depth + 1))
  }

  #readAlias(alias: Alias, pointer: string, context: Context, depth: number): unknown {
    const target = this.#targets.get(alias) ?? this.#resolve(alias, pointer)
    if (target === undefined) return null
    const outer = this.#expanding
    this.#expanding ??= { pointer, span: spanOf(alias) }
    const value = this.read(target, pointer, { ...context, alias: context.alias ?? spanOf(alias) }, depth + 1)
    this.#expanding = outer
    return value
  }

  #resolve(alias: Alias, pointer: string): Node | undefined {
    const target = this.#anchors.get(alias.source)
    const name = quote(`*${alias.source}`)
    if (target === undefined) this.#report('V001', `${name} refers to an anchor that does not come before it`, pointer)
    else if (target.open) this.#report('V008', `${name} stands for something that contains it`, pointer)
    else this.#targets.set(alias, target.node)
    return this.#targets.get(alias)
  }

  #rejectDuplicate(name: string, pointer: string, key: Span): void {
    const message = `key ${quote(name)} is given twice`
    this.problems.push({ code: 'V002', message, pointer, span: key, hint: 'keep one of them' })
  }

  #exhaust(pointer: string): null {
    if (!this.problems.some(({ code }) => code === 'V008')) {
      const cause = this.#expanding === undefined ? 'too many values' : 'aliases stand for too many values'
      const message = `${cause} for a manifest`
      this.problems.push({ code: 'V008', message, pointer, ...this.#expanding })
    }
    return null
  }

  #report(code: string, message: string, pointer: string): void {
    this.problems.push({ code, message, pointer })
  }
}

function spanOf(node: Node | null): Span {
  const [start, end] = node?.range ?? [0, 0]
  return { start, end }
}
