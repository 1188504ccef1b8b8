// Rows of a timeline on an axis of their own: label, bar or mark, when it began and how long it took.
import { INNER_WIDTH, MARGIN, sectionTitle, type Drawn } from './page.ts'
import { FONTS } from './style.ts'
import { path, rectangle, text } from './svg.ts'
import { axisTicks, formatTick, formatTime } from './times.ts'

export interface Row {
  label: string
  /** A class of style.ts. */
  kind: string
  startMs: number
  /** Null where it is not known, and of a mark. */
  endMs: number | null
  /** A part of the row above it. */
  within: boolean
  isMark: boolean
  /** Whether it came some time after `startMs`. */
  isBound?: boolean
}

export interface Section {
  title: string
  help: string
  rows: readonly Row[]
  /** Where its axis ends. */
  endMs: number
}

const PADDING = 16
const LABEL = { x: MARGIN + PADDING, width: 348 }
const BARS = { x: MARGIN + 390, width: 520 }
/** Right edges. */
const AT = MARGIN + INNER_WIDTH - 108
const TAKES = MARGIN + INNER_WIDTH - PADDING
const INDENT = 14
const ROW = 28
const INNER_ROW = 22
const AXIS = 36
const BAR_MIN = 2
const MARK = 5

export function drawSection({ title, help, rows, endMs }: Section, top: number): Drawn {
  const head = sectionTitle(title, help, top)
  const y = head.bottom + 4
  const heights = rows.map(({ within }) => (within ? INNER_ROW : ROW))
  const height = AXIS + heights.reduce((sum, row) => sum + row, 0) + PADDING - 4
  const toX = (milliseconds: number): number => BARS.x + (BARS.width * milliseconds) / endMs
  let rowTop = y + AXIS
  const drawn = rows.flatMap((row, index) => {
    const at = rowTop
    rowTop += heights[index] ?? ROW
    return drawRow(row, at, heights[index] ?? ROW, toX)
  })
  const box = rectangle({ x: MARGIN, y, width: INNER_WIDTH, height }, 'panel', 8)
  return { elements: [...head.elements, box, ...drawAxis(endMs, y, height, toX), ...drawn], bottom: y + height }
}

function drawAxis(endMs: number, y: number, height: number, toX: (milliseconds: number) => number): string[] {
  const heading = { font: FONTS.note, kind: 'dim', anchor: 'end' as const }
  const ticks = axisTicks(endMs).flatMap((tick) => {
    const x = Math.round(toX(tick)) + 0.5
    return [
      path(`M${x} ${y + AXIS - 8}V${y + height - 10}`, 'line grid'),
      text({ x, y: y + 20 }, formatTick(tick), { font: FONTS.small, kind: 'dim', anchor: 'middle' }),
    ]
  })
  return [...ticks, text({ x: AT, y: y + 20 }, 'at', heading), text({ x: TAKES, y: y + 20 }, 'takes', heading)]
}

function drawRow(row: Row, top: number, height: number, toX: (milliseconds: number) => number): string[] {
  const { label, kind, startMs, endMs, within, isMark, isBound = false } = row
  const middle = top + height / 2
  const indent = within ? INDENT : 0
  const time = { font: FONTS.address, kind: 'dim', anchor: 'end' as const }
  return [
    text({ x: LABEL.x + indent, y: middle + 4 }, label, {
      font: within ? FONTS.note : isMark ? FONTS.strong : FONTS.label,
      kind: within ? 'dim' : 'ink',
      width: LABEL.width - indent,
    }),
    isMark ? drawMark(toX(startMs), middle, kind) : drawBar(row, middle, height, toX),
    text({ x: AT, y: middle + 4 }, isBound ? `after ${formatTime(startMs)}` : formatTime(startMs), time),
    ...(isMark
      ? []
      : [text({ x: TAKES, y: middle + 4 }, endMs === null ? 'unknown' : formatTime(endMs - startMs), time)]),
  ]
}

function drawMark(x: number, y: number, kind: string): string {
  return path(`M${Math.round(x)} ${y - MARK}l${MARK} ${MARK}l-${MARK} ${MARK}l-${MARK} -${MARK}Z`, kind)
}

/** A bar whose end is not known goes to the end of the axis, and pale. */
function drawBar(
  { kind, startMs, endMs, within }: Row,
  y: number,
  height: number,
  toX: (ms: number) => number,
): string {
  const thickness = height - (within ? 14 : 12)
  const x = toX(startMs)
  const width = Math.max(BAR_MIN, (endMs === null ? BARS.x + BARS.width : toX(endMs)) - x)
  return rectangle({ x, y: y - thickness / 2, width, height: thickness }, endMs === null ? `${kind} fall` : kind, 2)
}
