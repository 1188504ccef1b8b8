// Names of stored kernels: `debian-cloud@6.1.0-56`; and what refers to one: `debian-cloud`, `debian-cloud@6.1`.

export interface KernelReference {
  name: string
  /** A version or the beginning of one; absent for the newest. */
  version?: string
}

const NAME = '[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?'
const VERSION = '[A-Za-z0-9](?:[A-Za-z0-9._+~-]{0,126}[A-Za-z0-9+])?'
const REFERENCE = new RegExp(`^(${NAME})(?:@(${VERSION}))?$`)

export const NAME_RULE =
  'a name is lower-case letters, digits, dots, hyphens and underscores, at most 63; a version, behind @, letters, digits and . + ~ - _'

/** Undefined for what is a path or `builtin:`, or can be no name. */
export function parseKernelReference(text: string): KernelReference | undefined {
  const [, name, version] = REFERENCE.exec(text) ?? []
  if (name === undefined) return undefined
  return { name, ...(version !== undefined && { version }) }
}

export function formatKernelName({ name, version }: Required<KernelReference>): string {
  return `${name}@${version}`
}

/** Whether a version is meant by `wanted`: equal, or continued behind it by another part. 6.1 means 6.1.0-56, not 6.10. */
export function matchesVersion(version: string, wanted: string | undefined): boolean {
  if (wanted === undefined || version === wanted) return true
  return version.startsWith(wanted) && /[^A-Za-z0-9]/.test(version.charAt(wanted.length))
}

/** Order by parts, numbers as numbers: 6.9 before 6.10. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string) => version.match(/\d+|[A-Za-z]+|~/g) ?? []
  const [left, right] = [parts(a), parts(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareParts(left[index], right[index])
    if (order !== 0) return order
  }
  return a < b ? -1 : a > b ? 1 : 0
}

/** A tilde and a release candidate are before the end (6.2~rc1, 6.2-rc1), other words before a number. */
function compareParts(a: string | undefined, b: string | undefined): number {
  const rank = (part: string | undefined) =>
    part === '~' || part === 'rc' ? 0 : part === undefined ? 1 : /^\d/.test(part) ? 3 : 2
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (rank(a) === 3) return Number(a) - Number(b)
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1
}
