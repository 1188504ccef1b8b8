// The key that leaves a console.
import { InvalidArgumentError, Option } from 'commander'

export interface EscapeKey {
  /** Undefined where there is none. */
  byte?: number
  /** `Ctrl-]`. */
  name: string
}

const CONTROL_MASK = 0x1f

export const DEFAULT_ESCAPE: EscapeKey = { byte: 0x1d, name: 'Ctrl-]' }

/** `^]`, `ctrl-a`, `~`, or `none`; throws commander's InvalidArgumentError. */
export function parseEscape(text: string): EscapeKey {
  if (text === 'none') return { name: 'none' }
  const control = /^(?:\^|ctrl-)([@-_a-z])$/i.exec(text)?.[1]
  if (control !== undefined) {
    const letter = control.toUpperCase()
    return { byte: letter.charCodeAt(0) & CONTROL_MASK, name: `Ctrl-${letter}` }
  }
  if (/^[!-~]$/.test(text)) return { byte: text.charCodeAt(0), name: text }
  throw new InvalidArgumentError('Give a key such as ^], ctrl-a or ~, or none.')
}

/** `what` says what the key does. */
export function escapeOption(what: string): Option {
  return new Option('--escape <key>', `${what}: ^], ctrl-a, ~, or none`)
    .argParser(parseEscape)
    .default(DEFAULT_ESCAPE, DEFAULT_ESCAPE.name)
}
