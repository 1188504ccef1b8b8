// Shares: tags that repeat.
import type { Share } from './manifest.gen.ts'
import { child, quote, type Problem } from './problem.ts'

/** Of shares that the schema accepts. */
export function checkShares(shares: readonly Share[]): Problem[] {
  return shares.flatMap(({ tag }, index): Problem[] => {
    const first = shares.findIndex((other) => other.tag === tag)
    if (first === index) return []
    const message = `the tag ${quote(tag)} is taken by shares[${first}]`
    const pointer = child(child('/shares', index), 'tag')
    return [{ code: 'V014', message, pointer, hint: 'give each share a tag of its own' }]
  })
}
