// Reads a state file that may be missing, cut off or somebody else's.
import { readFileSync } from 'node:fs'
import { VoltError } from '../volt-error.ts'

/** Undefined when the file is missing; STATE_INVALID when it is not a JSON object with `formatVersion` 1. */
export function readStateJson(path: string): Record<string, unknown> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new VoltError('STATE_INVALID', `cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new VoltError('STATE_INVALID', `${path} is damaged: it is not complete JSON`, { cause })
  }
  if (typeof value !== 'object' || value === null || (value as { formatVersion?: unknown }).formatVersion !== 1) {
    throw new VoltError('STATE_INVALID', `${path} is not of a format that this version of Volt knows`)
  }
  return value as Record<string, unknown>
}

/** Whether an error of node:fs says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
