// What volt.lock says of the manifest's schema: a digest of what it means, not of how it is explained.
import { createHash } from 'node:crypto'
import { schemaOf } from '../../manifest/schema.ts'
import { canonicalJson } from '../../plan/digest.ts'

/** For people and editors only. */
const WORDS = ['$schema', 'title', 'description', 'markdownDescription', 'examples', 'patternErrorMessage']

export const API_VERSION = 'volt/v1'

/** SHA-256 in lower-case hex. */
export function schemaDigest(): string {
  // Not canonical JSON, which has no form for the fractions of its limits.
  const text = JSON.stringify(withoutWords(schemaOf('manifest'), false))
  return createHash('sha256').update(text).digest('hex')
}

/** Of canonical JSON, in lower-case hex. Whole numbers only. */
export function sha256Of(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** With sorted keys. `isNames`: the keys are fields of a manifest, one of which may be called as a word of JSON Schema. */
function withoutWords(value: unknown, isNames: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutWords(entry, false))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => isNames || !WORDS.includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutWords(entry, !isNames && isOfNames(key))]))
}

function isOfNames(key: string): boolean {
  return key === 'properties' || key === 'definitions'
}
