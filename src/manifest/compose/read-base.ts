// Reads what manifests extend: each file once, in a circle never, and not without end.
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Diagnostic } from '../diagnostic.ts'
import { MAX_BASES, MAX_COMPOSED_VALUES, MAX_EXTENDS_DEPTH } from '../limits.ts'
import type { Problem } from '../problem.ts'
import { checkComposition } from '../validate-document.ts'
import { merge, type Merging } from './merge.ts'
import { diagnoseAt, isList, isMapping, plainValue, sourcedFrom, type Sourced } from './sourced.ts'
import { readWrittenFile, type WrittenFile } from './written-file.ts'

/** A manifest with what it extends below it; undefined where one of them cannot be used. */
export type Composed = Sourced | undefined

/** Of one file that the user named. Collects what is wrong. */
export class BaseReader {
  readonly diagnostics: Diagnostic[] = []
  /** Texts of the files that were read, by the names that diagnostics use. */
  readonly texts = new Map<string, string>()
  readonly #files = new Map<string, WrittenFile>()
  /** What became of a file with all that it extends. */
  readonly #composed = new Map<string, Composed>()

  readonly #merging: Merging = {
    report: (origin, problem) => void this.diagnostics.push(diagnoseAt(origin, problem)),
    budget: MAX_COMPOSED_VALUES,
  }

  /** `written` over what it extends. `path` is where it is, undefined for standard input. */
  async compose(written: Sourced, path: string | undefined): Promise<Composed> {
    const start = path === undefined ? [] : [await identityOf(path)]
    return this.#over(written, start)
  }

  async #over(written: Sourced, chain: readonly string[]): Promise<Composed> {
    if (!this.#isComposition(written)) return undefined
    const references = referencesOf(written)
    if (references.length === 0) return written
    let under: Sourced | undefined
    let failed = false
    for (const reference of references) {
      const base = await this.#base(reference, chain)
      if (base === undefined) failed = true
      else under = under === undefined ? base : merge(under, base, '', this.#merging)
    }
    if (failed) return undefined
    const merged = merge(under, written, '', this.#merging)
    return this.spend(sizeOf(merged), written) ? merged : undefined
  }

  /** False, and said, when the manifests of the file have become too much. */
  spend(values: number, { origin }: Sourced): boolean {
    const before = this.#merging.budget
    this.#merging.budget -= values
    if (this.#merging.budget >= 0) return true
    if (before >= 0 || !this.diagnostics.some(({ code }) => code === 'V008')) {
      this.#merging.report(origin, {
        code: 'V008',
        message: 'what is extended is too much for a manifest',
        pointer: '',
      })
    }
    return false
  }

  async #base({ content, origin }: Sourced, chain: readonly string[]): Promise<Composed> {
    const reference = content as string
    const fail = (code: string, message: string, hint?: string): undefined => {
      this.#merging.report(origin, { code, message, pointer: origin.pointer, ...(hint !== undefined && { hint }) })
    }
    const path = resolve(origin.source.directory, reference)
    const file = isAbsolute(reference) ? reference : join(dirname(origin.source.file), reference)
    const identity = await identityOf(path)
    if (chain.includes(identity)) {
      return fail('V041', `${file} extends itself${chain.at(-1) === identity ? '' : ', by way of others'}`)
    }
    if (chain.length > MAX_EXTENDS_DEPTH)
      return fail('V041', `more than ${MAX_EXTENDS_DEPTH} manifests extend each other`)
    if (this.#composed.has(identity)) return this.#composed.get(identity)
    if (this.#files.size >= MAX_BASES) return fail('V041', `more than ${MAX_BASES} files are extended`)
    const read = await readWrittenFile(path, file, dirname(path), origin)
    this.#files.set(identity, read)
    this.texts.set(file, read.text)
    this.diagnostics.push(...read.diagnostics)
    const composed = await this.#composeBase(read, [...chain, identity], fail)
    this.#composed.set(identity, composed)
    return composed
  }

  async #composeBase(
    { source, value, refusal, diagnostics }: WrittenFile,
    chain: readonly string[],
    fail: (code: string, message: string, hint?: string) => undefined,
  ): Promise<Composed> {
    if (refusal !== undefined) return fail('V040', refusal)
    if (value === undefined || diagnostics.length > 0) return undefined
    const written = sourcedFrom(value, source)
    const isManifest =
      isMapping(written) &&
      written.content.get('apiVersion')?.content === 'volt/v1' &&
      written.content.get('kind')?.content === 'MicroVM'
    if (!isManifest) {
      return fail('V040', `${source.file} is no manifest`, 'one begins with apiVersion: volt/v1 and kind: MicroVM')
    }
    const composed = await this.#over(written, chain)
    if (composed === undefined) return undefined
    // Whether it is a base is said of itself, not of what extends it.
    const content = new Map(composed.content as ReadonlyMap<string, Sourced>)
    content.delete('abstract')
    content.delete('extends')
    return { ...composed, content }
  }

  /** Whether extends, vars and abstract are what they can be. */
  #isComposition(written: Sourced): boolean {
    const { source } = written.origin
    const problems: Problem[] = checkComposition(plainValue(written))
    for (const problem of problems) this.#merging.report({ source, pointer: problem.pointer }, problem)
    return problems.length === 0
  }
}

function referencesOf(written: Sourced): readonly Sourced[] {
  const entry = isMapping(written) ? written.content.get('extends') : undefined
  if (entry === undefined) return []
  return isList(entry) ? entry.content : [entry]
}

/** Values in it, as often as they are met. */
function sizeOf(node: Sourced): number {
  const inner = isMapping(node) ? [...node.content.values()] : isList(node) ? node.content : []
  return inner.reduce((sum, entry) => sum + sizeOf(entry), 1)
}

async function identityOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}
