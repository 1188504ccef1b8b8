// Fonts and colours of the pictures, for a light and a dark page.
import type { Font } from './text-width.ts'

export const FONTS = {
  title: { family: 'sans', size: 24, bold: true },
  section: { family: 'sans', size: 15, bold: true },
  strong: { family: 'sans', size: 12, bold: true },
  label: { family: 'sans', size: 12 },
  note: { family: 'sans', size: 11 },
  address: { family: 'mono', size: 11 },
  small: { family: 'mono', size: 10 },
} as const satisfies Record<string, Font>

/** Class, then its colour on a light and on a dark page. Each is a `fill`. */
const FILLS: [string, string, string][] = [
  ['page', '#ffffff', '#0f1419'],
  ['panel', '#f4f6f9', '#182028'],
  ['ink', '#1a2330', '#e8edf3'],
  ['dim', '#5d6876', '#9aa7b6'],
  ['inverse', '#ffffff', '#0f1419'],
  ['ram', '#c9d8ea', '#2c435e'],
  ['nothing', '#e6eaef', '#222b35'],
  ['first-mib', '#c4e4de', '#1c4a43'],
  ['devices', '#cbe7d2', '#214a2e'],
  ['kernel', '#3f63d2', '#7d9bff'],
  ['initrd', '#8450cf', '#b394f5'],
  ['tables', '#c97a12', '#e8ad55'],
  ['boot', '#14907d', '#43c3ae'],
  ['window', '#2b8f48', '#5cc67b'],
  ['chip', '#6d7988', '#92a0b0'],
  ['volt', '#c2410c', '#f59563'],
  ['userspace', '#14907d', '#43c3ae'],
  ['pause', '#9db1ec', '#4a61a8'],
  ['node0', '#d6e2fb', '#24406f'],
  ['node1', '#d5efdc', '#1f4d30'],
  ['node2', '#fbe3c8', '#5c3d17'],
  ['node3', '#eadcfa', '#453066'],
  ['node4', '#f9d9e2', '#5f2a3c'],
  ['node5', '#cdeeec', '#184c4a'],
  ['node6', '#f3ecc2', '#4d4516'],
  ['node7', '#dfe4ea', '#38434f'],
]

/** Lines: class, colours, width in pixels. */
const STROKES: [string, string, string, number][] = [
  ['edge', '#d5dce4', '#2d3945', 1],
  ['grid', '#e3e8ee', '#26303a', 1],
  ['wire', '#9aa6b4', '#56636f', 1.25],
  ['first', '#1a2330', '#e8edf3', 2],
  ['mark', '#c2410c', '#f59563', 1.5],
]

/** How many nodes have a colour of their own. */
export const NODE_COLOURS = 8

const SANS = "Inter,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',sans-serif"
const MONO = "ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace"

/** The content of the picture's `style` element. */
export function styleSheet(): string {
  const colours = (dark: boolean): string => {
    const fills = FILLS.map(([name, day, night]) => `.${name}{fill:${dark ? night : day}}`)
    const strokes = STROKES.map(([name, day, night]) => `.${name}{stroke:${dark ? night : day}}`)
    return [...fills, ...strokes].join('')
  }
  const widths = STROKES.map(([name, , , width]) => `.${name}{stroke-width:${width}}`).join('')
  return [
    `.sans{font-family:${SANS};font-feature-settings:'calt' 0}.mono{font-family:${MONO}}.bold{font-weight:600}`,
    `.line{fill:none}.fall{opacity:.4}${widths}`,
    colours(false),
    `@media (prefers-color-scheme:dark){${colours(true)}}`,
  ].join('\n')
}
