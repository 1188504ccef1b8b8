// The variables of a manifest: what is declared, and the value of each by --var, --var-file and defaults, in this order.
import { relative, resolve } from 'node:path'
import { didYouMean } from '../did-you-mean.ts'
import { child, quote, type Problem } from '../problem.ts'
import { defaultOf } from '../schema.ts'
import type { GivenValue } from './given-values.ts'
import { isMapping, type Origin, type Sourced, type VariableUse } from './sourced.ts'
import { valueOfType, type VariableType, type VariableValue } from './variable-type.ts'

export interface KnownVariable {
  value: VariableValue
  use: VariableUse
  /** A path, relative to the manifest. */
  isPath: boolean
}

export interface Scope {
  /** What is declared, by name. */
  declared: ReadonlyMap<string, Sourced>
  /** Names that were asked for. */
  used: Set<string>
  /** `unknown` where the variable has no value; what is wrong is reported once. */
  lookUp: (name: string, at: Sourced) => KnownVariable | 'unknown'
}

export interface ScopeOptions {
  /** `vars` of the manifest with all that it extends. */
  vars: Sourced | undefined
  given: ReadonlyMap<string, GivenValue>
  /** Absolute directory of the manifest. */
  directory: string
  /** A base may leave values to those that extend it. */
  isBase: boolean
  report: (origin: Origin, problem: Problem) => void
}

export function createScope({ vars, given, directory, isBase, report }: ScopeOptions): Scope {
  const declared: ReadonlyMap<string, Sourced> = isMapping(vars) ? vars.content : new Map<string, Sourced>()
  const known = new Map<string, KnownVariable | 'unknown'>()
  const used = new Set<string>()
  const evaluate = (name: string, declaration: Sourced): KnownVariable | 'unknown' => {
    const fields = isMapping(declaration) ? declaration.content : new Map<string, Sourced>()
    const type = (fields.get('type')?.content ?? defaultOf('vars', 'type')) as VariableType
    const value = given.get(name) ?? fromDefault(fields.get('default'))
    if (value === undefined) {
      if (isBase) return 'unknown'
      const message = `the variable ${quote(name)} has no value`
      const hint = `give it one with --var ${name}=…, in a --var-file, or as its default`
      report(declaration.origin, { code: 'V044', message, pointer: child('/vars', name), at: 'key', hint })
      return 'unknown'
    }
    const typed = valueOfType(value.value, type, value.isText)
    if (!typed.ok) {
      const what = value.isText ? value.label : `the value of ${quote(name)}`
      const at = value.origin === undefined ? ('key' as const) : ('value' as const)
      const problem = { code: 'V045', message: `${what} ${typed.message}`, pointer: child('/vars', name), at }
      report(value.origin ?? declaration.origin, { ...problem, ...(typed.hint !== undefined && { hint: typed.hint }) })
      return 'unknown'
    }
    const isPath = type === 'path'
    const use = { name, ...(value.isText && { given: value.label }), ...(value.origin && { origin: value.origin }) }
    return { value: isPath ? relativePath(String(typed.value), value.directory, directory) : typed.value, use, isPath }
  }
  return {
    declared,
    used,
    lookUp: (name, at) => {
      used.add(name)
      const declaration = declared.get(name)
      if (declaration === undefined) {
        report(at.origin, {
          ...undeclared(name, [...(declared.keys() as Iterable<string>)]),
          pointer: at.origin.pointer,
        })
        return 'unknown'
      }
      const found = known.get(name) ?? evaluate(name, declaration)
      known.set(name, found)
      return found
    },
  }
}

function fromDefault(node: Sourced | undefined): GivenValue | undefined {
  if (node === undefined) return undefined
  const { content, origin } = node
  return { value: content, isText: false, label: 'default', directory: origin.source.directory, origin }
}

const NAMES_SHOWN = 8

export function undeclared(name: string, names: readonly string[]): Omit<Problem, 'pointer'> {
  const near = didYouMean(name, names)
  const there = names.slice(0, NAMES_SHOWN).join(', ')
  const others = names.length === 0 ? 'declare it below vars' : `there is ${there}`
  const message = `the variable ${quote(name)} is not declared`
  return { code: 'V043', message, hint: near === undefined ? others : `did you mean ${near}?` }
}

/** A path from `from`, as it is written from `to`; absolute ones and names of what Volt has itself stay. */
export function relativePath(path: string, from: string, to: string): string {
  if (from === to || !isRelative(path)) return path
  const moved = relative(to, resolve(from, path))
  return moved.startsWith('.') ? moved : `./${moved}`
}

function isRelative(path: string): boolean {
  return !path.startsWith('/') && !path.startsWith('builtin:')
}
