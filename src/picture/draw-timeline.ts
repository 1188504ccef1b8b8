// A boot as a picture: a row for each stage, its bar on the axis of its section, its times beside it. Pure.
import { drawSection, type Row } from './draw-rows.ts'
import { INNER_WIDTH, MARGIN, page, pageHeader, SECTION_GAP, sectionTitle, type Drawn } from './page.ts'
import { FONTS } from './style.ts'
import { text } from './svg.ts'
import { timeOf, type Mark, type Stage, type Timeline } from './timeline.ts'
import { formatTime } from './times.ts'

const NOTE_LINE = 20

/** SVG, for a light and a dark page. */
export function drawTimeline(timeline: Timeline): string {
  const { name, boot, origin, unknown } = timeline
  const line = headline(timeline)
  const header = pageHeader(name, line, `boot ${boot}, counted from ${origin}`)
  const sections: Drawn[] = [header]
  const below = (): number => (sections.at(-1)?.bottom ?? 0) + SECTION_GAP
  const own = voltRows(timeline)
  sections.push(drawSection({ title: 'Volt', help: 'until the guest runs', rows: own, endMs: endOfRows(own) }, below()))
  const rows = guestRows(timeline)
  const help = 'kernel, userspace and what Volt saw of them; pale bars are silences within a stage'
  if (rows.length > 0) sections.push(drawSection({ title: 'Guest', help, rows, endMs: timeline.endMs }, below()))
  if (unknown.length > 0) sections.push(drawUnknown(unknown, below()))
  return page({
    title: `Boot of ${name}`,
    description: [`${line}.`, ...rows.map(spoken), ...unknown].join(' '),
    elements: sections.flatMap(({ elements }) => elements),
    bottom: sections.at(-1)?.bottom ?? header.bottom,
  })
}

/** Where the axis of these rows ends. */
export function endOfRows(rows: readonly Row[]): number {
  return Math.max(1, ...rows.map(({ startMs, endMs }) => endMs ?? startMs))
}

export function voltRows({ stages }: Timeline): Row[] {
  return stages.filter(({ lane }) => lane === 'volt').map(stageRow)
}

/** Stages in their order, each mark before the first that begins no earlier. */
export function guestRows({ stages, marks }: Timeline): Row[] {
  const rows = marks.map((mark) => ({ at: timeOf(mark), row: markRow(mark) }))
  const guest = stages
    .filter(({ lane }) => lane !== 'volt')
    .map((stage) => ({ at: stage.startMs, row: stageRow(stage) }))
  return [...rows, ...guest].sort((one, other) => one.at - other.at).map(({ row }) => row)
}

/** What the boot came to, in a line. */
export function headline({ stages, marks }: Timeline): string {
  const started = stages.filter(({ lane }) => lane === 'volt').at(-1)?.endMs
  const init = stages.filter(({ lane, within }) => lane === 'kernel' && within === undefined).at(-1)?.endMs
  const end = marks.find(({ label, atMs }) => atMs !== null && label !== 'the guest runs')
  const parts = [
    started === undefined || started === null
      ? 'the guest has not started'
      : `the guest runs after ${formatTime(started)}`,
    ...(init === undefined || init === null ? [] : [`the kernel is done after ${formatTime(init)}`]),
    ...(end === undefined ? [] : [`${end.label} after ${formatTime(end.atMs ?? 0)}`]),
  ]
  return parts.join(', ')
}

function stageRow({ lane, label, startMs, endMs, within }: Stage): Row {
  return { label, kind: within ? 'pause' : lane, startMs, endMs, within: within === true, isMark: false }
}

function markRow(mark: Mark): Row {
  const startMs = timeOf(mark)
  return {
    label: mark.label,
    kind: 'volt',
    startMs,
    endMs: null,
    within: false,
    isMark: true,
    isBound: mark.atMs === null,
  }
}

function spoken({ label, startMs, endMs, isMark }: Row): string {
  const until = isMark ? '' : endMs === null ? ', until nobody knows when' : ` to ${formatTime(endMs)}`
  return `${label}: ${isMark ? 'at' : 'from'} ${formatTime(startMs)}${until}.`
}

function drawUnknown(unknown: readonly string[], top: number): Drawn {
  const head = sectionTitle('What is not known', '', top)
  const lines = unknown.map((sentence, index) =>
    text({ x: MARGIN, y: head.bottom + 12 + index * NOTE_LINE }, sentence, {
      font: FONTS.label,
      kind: 'dim',
      width: INNER_WIDTH,
    }),
  )
  return { elements: [...head.elements, ...lines], bottom: head.bottom + 12 + (unknown.length - 1) * NOTE_LINE }
}
