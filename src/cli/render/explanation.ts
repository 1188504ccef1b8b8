// A field of the manifest as people read about it on a terminal.
import { stringify } from 'yaml'
import type { FieldExplanation } from '../../run/explain-field.ts'
import type { Style } from '../output.ts'
import { displayWidth } from './display-text.ts'
import { wrapText } from './wrap-text.ts'

export interface Screen {
  columns: number
  style: Style
}

/** Lines longer than this are hard to read. */
const MAX_COLUMNS = 100

/** Everything about one field; ends in a line break. */
export function renderExplanation(explanation: FieldExplanation, { columns: room, style }: Screen): string {
  const { path, description, type, required, examples, place, change, fields } = explanation
  const columns = Math.min(room, MAX_COLUMNS)
  const facts = [
    ['takes', wrapBehind(type, columns)],
    ['required', required ? 'yes' : 'no'],
    ...('default' in explanation ? [['default', flow(explanation.default)]] : []),
    ...(examples.length > 0
      ? [
          [
            'examples',
            examples.map((example) => inFacts(flow(example), columns)).join(`\n${' '.repeat(FACT_COLUMNS + 2)}`),
          ],
        ]
      : []),
    ['change', wrapBehind(`${changeName(change)}: ${change.why}`, columns)],
  ]
  const parts = [
    `${style.bold(path)}\n`,
    `${wrapText(description, columns, '  ')}\n`,
    facts.map(([name = '', text = '']) => `  ${style.dim(name.padEnd(FACT_COLUMNS))}${text}\n`).join(''),
    ...(fields.length > 0 ? [`  ${style.bold('fields')}\n${renderFields(fields, { columns, style }, '    ')}`] : []),
    `  ${style.bold('where it goes')}\n${place.trimEnd().replace(/^/gm, '    ')}\n`,
  ]
  return parts.join('\n')
}

const FACT_COLUMNS = 10

/** A text that begins behind the name of a fact. */
function wrapBehind(text: string, columns: number): string {
  return wrapText(text, columns, ' '.repeat(FACT_COLUMNS + 2)).trimStart()
}

function inFacts(text: string, columns: number): string {
  return displayWidth(text) + FACT_COLUMNS + 2 <= columns ? text : wrapBehind(text, columns)
}

function changeName({ class: name, withOwnOverlay }: FieldExplanation['change']): string {
  return withOwnOverlay === undefined ? name : `${name}, ${withOwnOverlay} with \`overlay: true\``
}

/** In one line, as it may be written. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
}

/** A line each: name and what it is, by its first sentence, cut to the screen. */
export function renderFields(
  fields: readonly { name: string; required: boolean; description: string }[],
  { columns, style }: Screen,
  indent = '  ',
): string {
  const room = Math.min(columns, MAX_COLUMNS) - indent.length
  const nameColumns = Math.max(...fields.map(({ name }) => name.length)) + 2
  const rows = fields.map(({ name, required, description }) => {
    const text = `${firstSentence(description)}${required ? ' Required.' : ''}`
    return [style.cyan(name) + ' '.repeat(nameColumns - 2 - name.length), cut(text, room - nameColumns)]
  })
  return rows.map(([name = '', text = '']) => `${indent}${name}  ${text}\n`).join('')
}

function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z]|$)/s.exec(text)?.[0] ?? text
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(columns - 1, 1)).trimEnd()}…`
}
