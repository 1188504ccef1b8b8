// The page that every picture is drawn on: its size, title, description and style.
import { element, endOf, escapeText, rectangle, text } from './svg.ts'
import { FONTS, styleSheet } from './style.ts'

export const PAGE_WIDTH = 1200
export const MARGIN = 40
export const INNER_WIDTH = PAGE_WIDTH - 2 * MARGIN
/** Between sections, in pixels. */
export const SECTION_GAP = 44

/** Elements, and where they end downwards. */
export interface Drawn {
  elements: string[]
  bottom: number
}

export interface PageContent extends Drawn {
  title: string
  /** What the picture shows, in sentences, for who does not see it. */
  description: string
}

/** The whole file, with a line break at its end. */
export function page({ title, description, elements, bottom }: PageContent): string {
  const height = Math.ceil(bottom + MARGIN)
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: PAGE_WIDTH,
    height,
    viewBox: `0 0 ${PAGE_WIDTH} ${height}`,
    role: 'graphics-document document',
    'aria-labelledby': 'picture-title picture-description',
    lang: 'en',
  }
  const children = [
    element('title', { id: 'picture-title' }, escapeText(title)),
    element('desc', { id: 'picture-description' }, escapeText(description)),
    element('style', {}, styleSheet()),
    rectangle({ x: 0, y: 0, width: PAGE_WIDTH, height }, 'page'),
    ...elements,
  ]
  return element('svg', attributes, '\n', ...children.map((child) => child + '\n')) + '\n'
}

/** The machine's name, what the picture says of it in a line, and a line of small print. */
export function pageHeader(name: string, line: string, print: string): Drawn {
  const elements = [
    text({ x: MARGIN, y: 58 }, name, { font: FONTS.title, width: INNER_WIDTH }),
    text({ x: MARGIN, y: 84 }, line, { font: FONTS.label, kind: 'dim', width: INNER_WIDTH }),
    text({ x: MARGIN, y: 104 }, print, { font: FONTS.small, kind: 'dim', width: INNER_WIDTH }),
  ]
  return { elements, bottom: 104 }
}

/** A section's title at `top`, and beside it what helps to read the section. */
export function sectionTitle(title: string, help: string, top: number): Drawn {
  const y = top + FONTS.section.size
  const room = MARGIN + INNER_WIDTH - endOf(MARGIN, title, FONTS.section) - 24
  const elements = [
    text({ x: MARGIN, y }, title, { font: FONTS.section }),
    text({ x: MARGIN + INNER_WIDTH, y }, help, { font: FONTS.note, kind: 'dim', anchor: 'end', width: room }),
  ]
  return { elements, bottom: y + 12 }
}
