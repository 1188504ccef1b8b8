// A manifest as it is compiled, with defaults and units, as YAML; each value with the place where it is written.
import { Document, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { ManifestDocument } from '../../manifest/load-manifests.ts'
import { child } from '../../manifest/problem.ts'
import { inWords } from '../../manifest/spec-words.ts'
import { printable } from './display-text.ts'

const DEFAULT = 'default'

/** A manifest that says everything, and gives the same plan. */
export function wholeManifest({ spec }: ManifestDocument): Record<string, unknown> {
  const { cpu, ...fields } = inWords(spec)
  const { template, features } = cpu as { template: unknown; features: unknown }
  const whole = { apiVersion: 'volt/v1', kind: 'MicroVM', ...fields, cpu: { template, features } }
  const plain: unknown = JSON.parse(JSON.stringify(whole, (_, value: unknown) => (typeof value === 'string' ? escaped(value) : value))) // prettier-ignore
  return withoutNothing(plain) as Record<string, unknown>
}

/** What would be a reference is none any more. */
function escaped(text: string): string {
  return text.replaceAll('${', '$${')
}

/** Pointers of its values, and where each is written: `base.yaml:7`, or `default`. */
export function manifestOrigins(document: ManifestDocument): [pointer: string, origin: string][] {
  return leavesOf(wholeManifest(document), '').map((pointer) => [pointer, document.originOf(pointer) ?? DEFAULT])
}

/** Ends in a line break. */
export function annotatedManifest(document: ManifestDocument): string {
  const yaml = new Document(wholeManifest(document), { aliasDuplicateObjects: false })
  annotate(yaml.contents as Node, '', new Map(manifestOrigins(document)))
  return yaml.toString({ lineWidth: 0 })
}

function annotate(node: Node, pointer: string, origins: ReadonlyMap<string, string>): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) annotate(value as Node, child(pointer, String(key)), origins)
  } else if (isSeq(node)) {
    for (const [index, entry] of node.items.entries()) annotate(entry as Node, child(pointer, index), origins)
  }
  const origin = origins.get(pointer)
  if (isScalar(node) && origin !== undefined) node.comment = ` ${printable(origin)}`
}

function leavesOf(value: unknown, pointer: string): string[] {
  if (typeof value !== 'object' || value === null) return [pointer]
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, child(pointer, key)))
}

/** Without what has nothing to say, at the top: no disks, no labels. */
function withoutNothing(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 1) return value
  const entries = Object.entries(value).filter(([key, entry]) => key === 'rng' || !isNothing(entry))
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNothing(entry, depth + 1)]))
}

function isNothing(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
