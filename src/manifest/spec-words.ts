// A spec in the words of the manifest: its fields and units as a person writes them. For comparing and for showing.
import { withReferences } from './environment-reference.ts'
import { formatDuration } from './duration.ts'
import { formatSize } from './size.ts'
import type { RateSpec, VmSpec } from './spec.ts'

/** `spec` may be of an older version of Volt, and lack what that did not know. */
export function inWords(spec: object): Record<string, unknown> {
  const { name, labels, rng, ...fields } = spec as { name?: unknown; labels?: unknown; rng?: unknown }
  return {
    metadata: { name, labels },
    // Left out, it is as kernel and tables suggest; {} stands for true.
    ...(rng !== 'auto' && { rng: rng === undefined ? false : translate(rng, 'rng') }),
    ...(translate(fields, '') as object),
  }
}

function translate(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    return key === 'vcpus' ? ranges(value as number[]) : value.map((entry: unknown) => translate(entry, ''))
  }
  if (key === 'provision') return withReferences(value, (name) => `(env ${name})`)
  // Their keys are names, not fields.
  if (typeof value !== 'object' || value === null || key === 'features') return value
  if ('perSecond' in value) return rateInWords(value as RateSpec, key)
  if (key === 'vcpus') return processorsInWords(value as VmSpec['vcpus'])
  return Object.fromEntries(Object.entries(value).map(([name, field]) => fieldInWords(name, field)))
}

function fieldInWords(name: string, value: unknown): [string, unknown] {
  if (name.endsWith('Bytes')) return [name.slice(0, -'Bytes'.length), formatSize(value as number)]
  if (name.endsWith('Ms')) return [name.slice(0, -'Ms'.length), formatDuration(value as number)]
  return [name, translate(value, name)]
}

function rateInWords({ perSecond, burst }: RateSpec, key: string): unknown {
  const isCount = key === 'ops'
  const rate = isCount ? perSecond : `${formatSize(perSecond)}/s`
  return burst === perSecond ? rate : { rate, burst: isCount ? burst : formatSize(burst) }
}

/** A count where the others say no more. */
function processorsInWords(layout: VmSpec['vcpus']): unknown {
  return layout.sockets === 1 && layout.threads === 1 && layout.pin === undefined ? layout.count : layout
}

/** `0-3,8` of ascending indices. */
function ranges(indices: readonly number[]): string {
  const runs: [number, number][] = []
  for (const index of indices) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] + 1 === index) last[1] = index
    else runs.push([index, index])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
