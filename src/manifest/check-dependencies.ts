// dependsOn: that each machine starts after others of its file, and none after itself.
import { didYouMean } from './did-you-mean.ts'
import type { Manifest } from './manifest.gen.ts'
import { child, quote, type Problem } from './problem.ts'

export interface DependencyProblem {
  /** Index of the machine at fault. */
  machine: number
  problem: Problem
}

interface Machine {
  name: string | undefined
  /** In the order of the document; '' for what is no name. */
  dependsOn: string[]
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
/** Of a cycle, in a message. */
const NAMES_SHOWN = 4

/** `documents` are the file's, as read: they need not be manifests. */
export function checkDependencies(documents: readonly Partial<Manifest>[]): DependencyProblem[] {
  const machines = documents.map(machineOf)
  return [...unknownNames(machines), ...cycles(machines)]
}

/** What the schema refuses is left alone. */
function machineOf({ metadata, dependsOn }: { metadata?: unknown; dependsOn?: unknown }): Machine {
  const { name } = (metadata ?? {}) as { name?: unknown }
  return {
    name: isName(name) ? name : undefined,
    dependsOn: Array.isArray(dependsOn) ? dependsOn.map((entry: unknown) => (isName(entry) ? entry : '')) : [],
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

function unknownNames(machines: readonly Machine[]): DependencyProblem[] {
  const names = machines.flatMap(({ name }) => (name === undefined ? [] : [name]))
  return machines.flatMap(({ dependsOn }, machine) =>
    dependsOn.flatMap((name, index): DependencyProblem[] => {
      if (name === '' || names.includes(name)) return []
      const meant = didYouMean(name, names)
      const hint = meant === undefined ? 'it names machines of the same file' : `did you mean ${quote(meant)}?`
      const pointer = child('/dependsOn', index)
      return [{ machine, problem: { code: 'V015', message: `the file has no machine ${quote(name)}`, pointer, hint } }]
    }),
  )
}

/** Each cycle once, at the machine of it that the file has first. */
function cycles(machines: readonly Machine[]): DependencyProblem[] {
  const found: DependencyProblem[] = []
  const byName = new Map(machines.map((machine) => [machine.name, machine]))
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name)
    if (start >= 0) return void found.push(cycleProblem(machines, [...path.slice(start), name]))
    const machine = byName.get(name)
    if (machine === undefined || done.has(name)) return
    for (const next of machine.dependsOn) visit(next, [...path, name])
    done.add(name)
  }
  for (const { name } of machines) if (name !== undefined) visit(name, [])
  return found
}

/** `cycle` begins and ends with the same name. */
function cycleProblem(machines: readonly Machine[], cycle: readonly string[]): DependencyProblem {
  const machine = machines.findIndex(({ name }) => name === cycle[0])
  const index = machines[machine]?.dependsOn.indexOf(cycle[1] ?? '') ?? 0
  const pointer = child('/dependsOn', index)
  const message =
    cycle.length === 2
      ? `${quote(cycle[0])} cannot start after itself`
      : `these machines wait for each other: ${inShort(cycle).join(' → ')}`
  return { machine, problem: { code: 'V016', message, pointer, hint: 'take one of these names out' } }
}

function inShort(cycle: readonly string[]): readonly string[] {
  if (cycle.length <= NAMES_SHOWN + 2) return cycle
  return [...cycle.slice(0, NAMES_SHOWN), `${cycle.length - 1 - NAMES_SHOWN} more`, ...cycle.slice(-1)]
}
