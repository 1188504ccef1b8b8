// Puts the values of variables where a manifest refers to them: ${var.name}, as all of a value or inside a string.
import { child, quote, type Problem } from '../problem.ts'
import { isList, isMapping, type Origin, type Sourced, type VariableUse } from './sourced.ts'
import type { Scope } from './variables.ts'

/** `$${` stands for the two characters; what is no reference is found as well. */
const TOKEN = /\$\$\{|\$\{([^{}]*)(\}?)/g
const WHOLE = /^\$\{var\.([^{}]*)\}$/
const NAME = /^var\.([a-z][A-Za-z0-9_-]{0,62})$/

export interface Resolution {
  scope: Scope
  report: (origin: Origin, problem: Problem) => void
  /** Of the values that are not known yet. */
  unknown: string[]
  /** Characters that variables may still put into strings; below 0 they put in none. */
  budget: number
}

/** What holds no reference is shared with `node`. */
export function resolveReferences(node: Sourced, pointer: string, resolution: Resolution): Sourced {
  if (isMapping(node)) {
    const entries = [...node.content].map(([key, entry]): [string, Sourced] => [
      key,
      resolveReferences(entry, child(pointer, key), resolution),
    ])
    return { ...node, content: new Map(entries) }
  }
  if (isList(node)) {
    const content = node.content.map((entry, index) => resolveReferences(entry, child(pointer, index), resolution))
    return { ...node, content }
  }
  if (typeof node.content !== 'string' || !node.content.includes('${')) return node
  const resolved = resolveText(node.content, node, resolution)
  if (resolved.unknown) resolution.unknown.push(pointer)
  return resolved
}

function resolveText(text: string, node: Sourced, resolution: Resolution): Sourced {
  const { scope, report } = resolution
  const whole = NAME.exec(WHOLE.exec(text) === null ? '' : text.slice(2, -1))?.[1]
  if (whole !== undefined) {
    const found = scope.lookUp(whole, node)
    if (found === 'unknown') return { ...node, unknown: true }
    const { value, use, isPath } = found
    const origin = use.origin ?? node.origin
    return { content: value, origin, usedAt: node.origin, variables: [use], ...(isPath && { settled: true as const }) }
  }
  const variables: VariableUse[] = []
  const found = { unknown: false, settled: false }
  const content = text.replace(TOKEN, (token, inside: string | undefined, end: string | undefined, at: number) => {
    if (inside === undefined) return '${'
    const name = end === '}' ? NAME.exec(inside)?.[1] : undefined
    if (name === undefined) {
      const message = `${quote(token)} is no reference to a variable`
      const hint = 'write ${var.name}, or $${ for the characters ${ themselves'
      report(node.origin, { code: 'V043', message, pointer: node.origin.pointer, hint })
      found.unknown = true
      return token
    }
    const variable = scope.lookUp(name, node)
    if (variable === 'unknown') {
      found.unknown = true
      return token
    }
    const value = String(variable.value)
    const before = resolution.budget
    resolution.budget -= value.length
    if (resolution.budget < 0) {
      const message = 'variables make more text than a manifest may have'
      if (before >= 0) report(node.origin, { code: 'V008', message, pointer: node.origin.pointer })
      return ''
    }
    variables.push(variable.use)
    if (at === 0 && variable.isPath) found.settled = true
    return value
  })
  const { unknown, settled } = found
  return { ...node, content, variables, ...(unknown && { unknown }), ...(settled && { settled }) }
}
