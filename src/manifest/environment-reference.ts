// References to the environment, `{ env: NAME }`, wherever they stand in a value.
import type { EnvironmentReference } from './spec.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/

/** A mapping of nothing but the name of a variable. */
export function isEnvironmentReference(value: unknown): value is EnvironmentReference {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false
  const { env } = value as { env?: unknown }
  return typeof env === 'string' && NAME.test(env)
}

/** The value with each reference replaced by what `textOf` says of its variable. */
export function withReferences(value: unknown, textOf: (name: string) => string): unknown {
  if (isEnvironmentReference(value)) return textOf(value.env)
  if (Array.isArray(value)) return value.map((inner) => withReferences(inner, textOf))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withReferences(inner, textOf)]))
}
