// SVG as text: elements, attributes and what must be escaped. The same calls give the same bytes.
import { fitText, textWidth, type Font } from './text-width.ts'

export type Attributes = Record<string, string | number | undefined>

export interface Point {
  x: number
  y: number
}

export interface Box extends Point {
  width: number
  height: number
}

/** What XML 1.0 cannot hold, and what would turn the direction of the text around it. */
const UNFIT = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ufffe\uffff]/gu
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeText(text: string): string {
  return text.replace(UNFIT, '\ufffd').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

/** `children` are elements and escaped text. Numbers get two decimals at most. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(String(value))}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** A group, whose elements go on lines of their own. */
export function group(attributes: Attributes, children: readonly string[]): string {
  return element('g', attributes, '\n', ...children.map((child) => child + '\n'))
}

/** `kind` is a class of style.ts, `corner` the radius of its corners. */
export function rectangle({ x, y, width, height }: Box, kind: string, corner = 0, title?: string): string {
  const attributes = { x, y, width, height, rx: corner === 0 ? undefined : corner, class: kind }
  return element('rect', attributes, ...(title === undefined ? [] : [titled(title)]))
}

export function path(d: string, kind: string): string {
  return element('path', { d, class: kind })
}

/** What a pointer that rests on the element is told, and a reader of screens. */
export function titled(text: string): string {
  return element('title', {}, escapeText(text))
}

export interface TextOptions {
  font: Font
  anchor?: 'middle' | 'end'
  /** Classes of style.ts besides the font's; the text's ink by default. */
  kind?: string
  /** Pixels that it may take; what is longer is shortened, and told in full by a title. */
  width?: number
  /** Told instead of the text in full. */
  title?: string
}

/** Text with its baseline at `y`. */
export function text({ x, y }: Point, content: string, options: TextOptions): string {
  const { font, anchor, kind = 'ink', width, title } = options
  const shown = width === undefined ? content : fitText(content, width, font)
  const told = title ?? (shown === content ? undefined : content)
  const attributes = {
    x,
    y,
    'font-size': font.size,
    'text-anchor': anchor,
    class: [font.family, ...(font.bold === true ? ['bold'] : []), kind].join(' '),
  }
  return element('text', attributes, escapeText(shown), ...(told === undefined ? [] : [titled(told)]))
}

/** Right edge of a text that begins at `x`. */
export function endOf(x: number, content: string, font: Font): number {
  return x + textWidth(content, font)
}
