// A boot in a terminal: a line for each stage, with its bar in what room there is.
import { endOfRows, guestRows, headline, voltRows } from '../../picture/draw-timeline.ts'
import type { Row } from '../../picture/draw-rows.ts'
import type { Timeline } from '../../picture/timeline.ts'
import { formatTime } from '../../picture/times.ts'
import type { Output, Style } from '../output.ts'
import { cellsOf, displayWidth, printable } from './display-text.ts'
import { wrapText } from './wrap-text.ts'

const INDENT = '  '
const GAP = '  '
const LABEL_MAX = 44
const LABEL_PART = 0.4
const BAR_MIN = 10
/** A bar's last column in eighths, from nothing to seven. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Ends in a line break. */
export function renderTimeline(timeline: Timeline, { columns, style }: Pick<Output, 'columns' | 'style'>): string {
  const own = voltRows(timeline)
  const rows = guestRows(timeline)
  const lines = [
    `${style.bold(timeline.name)} ${printable(headline(timeline))}`,
    ...section('Volt, until the guest runs', own, endOfRows(own), columns, style),
    ...section('Guest', rows, timeline.endMs, columns, style),
    '',
    ...timeline.unknown.map((sentence) => style.dim(wrapText(sentence, columns, ''))),
  ]
  return lines.map((line) => line.trimEnd() + '\n').join('')
}

function section(title: string, rows: readonly Row[], endMs: number, columns: number, style: Style): string[] {
  if (rows.length === 0) return []
  const times = rows.map(({ startMs, isBound }) => `${isBound ? 'after ' : ''}${formatTime(startMs)}`)
  const takes = rows.map(({ endMs: end, startMs, isMark }) =>
    isMark ? '' : end === null ? 'unknown' : formatTime(end - startMs),
  )
  const labels = rows.map(({ label, within }) => (within ? INDENT : '') + label)
  const most = Math.min(LABEL_MAX, Math.floor(columns * LABEL_PART))
  const labelWidth = Math.min(most, Math.max(...labels.map(displayWidth)))
  const [timeWidth, takesWidth] = [widest(times), widest(takes)]
  const barWidth = Math.max(BAR_MIN, columns - INDENT.length - labelWidth - timeWidth - takesWidth - 3 * GAP.length)
  const lines = rows.map((row, index) => {
    const label = pad(shorten(labels[index] ?? '', labelWidth), labelWidth)
    const bar = pad(drawBar(row, endMs, barWidth), barWidth)
    const figures = `${(times[index] ?? '').padStart(timeWidth)}${GAP}${(takes[index] ?? '').padStart(takesWidth)}`
    return `${INDENT}${row.isMark ? style.bold(label) : label}${GAP}${paint(row, style)(bar)}${GAP}${figures}`
  })
  return ['', style.bold(title), ...lines]
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(displayWidth))
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Safe for a terminal, and no wider than `width` columns. */
function shorten(text: string, width: number): string {
  const cells = cellsOf(text)
  if (displayWidth(text) <= width) return cells.map((cell) => cell.text).join('')
  let used = 1
  const kept = cells.slice(
    0,
    Math.max(
      0,
      cells.findIndex((cell) => (used += cell.width) > width),
    ),
  )
  return kept.map((cell) => cell.text).join('') + '…'
}

function paint({ kind }: Row, { red, cyan, green, dim }: Style): (text: string) => string {
  return { volt: red, kernel: cyan, userspace: green }[kind] ?? dim
}

/** Begins in whole columns, and ends in eighths of one; what has no end known goes on in dots. */
function drawBar({ startMs, endMs, isMark }: Row, axisMs: number, width: number): string {
  const from = Math.min(width - 1, Math.floor((width * startMs) / axisMs))
  const before = ' '.repeat(from)
  if (isMark) return `${before}◆`
  if (endMs === null) return before + '·'.repeat(width - from)
  const eighths = Math.max(1, Math.round((8 * width * endMs) / axisMs) - 8 * from)
  return before + '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}
