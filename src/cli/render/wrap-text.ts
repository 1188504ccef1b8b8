// Text broken into lines that fit a screen.
import { displayWidth } from './display-text.ts'

/** A word; what stands between backquotes is a command, which is never broken. */
const WORD = /[^\s`]*(?:`[^`]*`[^\s`]*)+|\S+/g

/** Every line begins with `indent` and takes at most `columns`, unless one word is longer. */
export function wrapText(text: string, columns: number, indent: string): string {
  const lines: string[] = []
  for (const word of text.match(WORD) ?? []) {
    const line = lines.at(-1)
    if (line === undefined || displayWidth(line) + 1 + displayWidth(word) > columns) lines.push(indent + word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}
