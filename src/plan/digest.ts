// The digest of a plan: SHA-256 over canonical JSON.
import { createHash } from 'node:crypto'

/**
 * JSON with keys sorted by UTF-16 code unit, no white space and integers only. Members that are undefined are left out.
 * @throws TypeError for a number that is not an integer JavaScript holds exactly, or a value that JSON has no form for
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not an integer that canonical JSON can hold`)
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no form for a ${typeof value}`)
  const members: string[] = []
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record).sort()) {
    const member = record[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

/** `sha256:` and lower-case hex. Covers content only: a plan holds no path, time or user name. */
export function planDigest(plan: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(plan)).digest('hex')}`
}
