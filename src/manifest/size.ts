// Memory sizes with their units.
import { didYouMean } from './did-you-mean.ts'
import { PAGE_BYTES } from './limits.ts'

const UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const
type Unit = keyof typeof UNITS
const UNIT_NAMES = Object.keys(UNITS) as Unit[]

/** Bytes of a size that the schema accepts. Above 2^53 the result is rounded, which is beyond every limit. */
export function parseSize(text: string): number {
  const match = /^(\d+)([KMGT]iB)$/.exec(text)
  if (match === null) throw new RangeError(`not a size: ${text}`)
  return Number(match[1]) * UNITS[match[2] as Unit]
}

/** The shortest exact way to write a number of bytes that is a multiple of 1 KiB. */
export function formatSize(bytes: number): string {
  const unit = UNIT_NAMES.findLast((name) => bytes % UNITS[name] === 0) ?? 'KiB'
  return `${bytes / UNITS[unit]}${unit}`
}

/** A size as the user must have meant it: `512MB`, `1.5 G`, `1GiBB`, or a bare number of bytes or MiB. */
export function suggestSize(value: unknown): string | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(String(value))
  if (match === null) return undefined
  const amount = Number(match[1])
  const unit = match[2] === '' ? unitOfBareNumber(amount) : unitOfWord(match[2] ?? '')
  const bytes = unit === undefined ? 0 : amount * unit
  return bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER && bytes % PAGE_BYTES === 0 ? formatSize(bytes) : undefined
}

function unitOfWord(word: string): number | undefined {
  const short = UNIT_NAMES.find((name) => {
    const letter = name[0] ?? ''
    return [letter, `${letter}B`, `${letter}i`].some((spelling) => spelling.toLowerCase() === word.toLowerCase())
  })
  const unit = short ?? (didYouMean(word, UNIT_NAMES) as Unit | undefined)
  return unit === undefined ? undefined : UNITS[unit]
}

function unitOfBareNumber(amount: number): number {
  return amount >= UNITS.MiB ? 1 : UNITS.MiB
}
