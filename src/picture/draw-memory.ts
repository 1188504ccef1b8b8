// The memory map: a bar of the whole address space, and a panel for each part of it that holds something.
import { hex } from '../plan/address.ts'
import { shortBytes } from './amounts.ts'
import { addressSpace, type AddressSpace, type Extent } from './address-space.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { INNER_WIDTH, MARGIN, sectionTitle, type Drawn } from './page.ts'
import { FONTS } from './style.ts'
import { path, rectangle, text, type Box } from './svg.ts'
import { textWidth } from './text-width.ts'

const PANEL_GAP = 20
const PANELS = 3
/** Of the longest panel: what rows take by the size of what they show, beyond their least. */
const SPREAD = 1.15
const PANEL_WIDTH = (INNER_WIDTH - (PANELS - 1) * PANEL_GAP) / PANELS
const PANEL_PADDING = 16
const PANEL_HEADER = 40
/** The least that a row takes. */
const ROW = 20
const SWATCH = 8
const BAR_HEIGHT = 34
/** Room for a label and for the addresses at both ends. */
const ZONE_MIN = 124
const ZONE_GAP = 2
/** Between the bar and the panels. */
const FALL = 40

interface Panel {
  title: string
  extents: Extent[]
  /** Which zone it shows in full. */
  zone: Extent | undefined
}

export function drawMemory(plan: BootPlan, top: number): Drawn {
  const space = addressSpace(plan)
  const head = sectionTitle('Guest-physical memory', 'addresses grow rightwards and downwards; not to scale', top)
  const boxes = zoneBoxes(space.zones, head.bottom + 18)
  const bar = space.zones.flatMap((zone, index) => drawZone(zone, boxes[index], index === space.zones.length - 1))
  const panels = panelsOf(space)
  const rows = Math.max(...panels.map(({ extents }) => extents.length))
  const panelTop = head.bottom + 18 + BAR_HEIGHT + FALL
  const height = PANEL_HEADER + rows * ROW * SPREAD + PANEL_PADDING
  const drawn = panels.flatMap((panel, index) => {
    const box = { x: MARGIN + index * (PANEL_WIDTH + PANEL_GAP), y: panelTop, width: PANEL_WIDTH, height }
    const from = boxes[space.zones.findIndex((zone) => zone === panel.zone)]
    return [
      ...(from === undefined ? [] : [drawFall(from, box, panel.zone?.kind ?? 'nothing')]),
      ...drawPanel(panel, box),
    ]
  })
  return { elements: [...head.elements, ...drawn, ...bar], bottom: panelTop + height }
}

function panelsOf({ zones, firstMib, ram, hole }: AddressSpace): Panel[] {
  const zone = (kind: Extent['kind']): Extent | undefined => zones.find((candidate) => candidate.kind === kind)
  return [
    { title: 'First MiB', extents: firstMib, zone: zone('first-mib') },
    { title: 'RAM above', extents: ram, zone: zone('ram') },
    { title: 'Devices, below 4 GiB', extents: hole, zone: zone('devices') },
  ]
}

/** Each as wide as its label needs, the rest by the square root of its size. */
function zoneBoxes(zones: readonly Extent[], y: number): Box[] {
  const weights = zones.map(({ size }) => Math.sqrt(size))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const spare = INNER_WIDTH - zones.length * ZONE_MIN - (zones.length - 1) * ZONE_GAP
  let x = MARGIN
  return weights.map((weight) => {
    const width = ZONE_MIN + (spare * weight) / total
    const box = { x, y, width, height: BAR_HEIGHT }
    x += width + ZONE_GAP
    return box
  })
}

function drawZone({ label, start, size, kind }: Extent, box: Box | undefined, isLast: boolean): string[] {
  if (box === undefined) return []
  const { x, y, width } = box
  const name = kind !== 'first-mib' ? `${label} ${shortBytes(size)}` : label
  const tick = { font: FONTS.small, kind: 'dim' }
  return [
    rectangle(box, kind, 4, `${label}: ${hex(start)} to ${hex(start + size - 1)}`),
    text({ x: x + width / 2, y: y + 21.5 }, name, {
      font: FONTS.strong,
      anchor: 'middle',
      kind: kind === 'nothing' ? 'dim' : 'ink',
      width: width - 8,
    }),
    text({ x, y: y - 7 }, hex(start), tick),
    ...(isLast ? [text({ x: x + width, y: y - 7 }, hex(start + size), { ...tick, anchor: 'end' })] : []),
  ]
}

/** From a zone of the bar down to the panel that shows it. */
function drawFall(zone: Box, panel: Box, kind: string): string {
  const from = zone.y + zone.height
  const bend = (from + panel.y) / 2
  const right = zone.x + zone.width
  const panelRight = panel.x + panel.width
  return path(
    [
      `M${point(zone.x)} ${from}`,
      `C${point(zone.x)} ${bend} ${point(panel.x)} ${bend} ${point(panel.x)} ${panel.y + 8}`,
      `H${point(panelRight)}`,
      `C${point(panelRight)} ${bend} ${point(right)} ${bend} ${point(right)} ${from}Z`,
    ].join(''),
    `${kind} fall`,
  )
}

function point(value: number): number {
  return Math.round(value * 100) / 100
}

function drawPanel(panel: Panel, box: Box): string[] {
  const { title, extents } = panel
  const { x, y, width } = box
  const left = x + PANEL_PADDING
  const right = x + width - PANEL_PADDING
  const addresses = extents.map(({ start }) => hex(start))
  const sizes = extents.map(({ size }) => shortBytes(size))
  const labelAt = left + 18 + widest(addresses, 'address') + 14
  const room = right - widest(sizes, 'address') - 12 - labelAt
  const heights = rowHeights(extents, box.height - PANEL_HEADER - PANEL_PADDING)
  let rowTop = y + PANEL_HEADER
  const rows = extents.flatMap(({ label, start, size, kind }, index) => {
    const height = heights[index] ?? ROW
    const baseline = rowTop + height / 2 + 4
    const isFree = label === 'free' || kind === 'nothing'
    const told = `${label}: ${hex(start)} to ${hex(start + size - 1)}, ${size} bytes`
    const swatch = { x: left, y: rowTop + 1, width: SWATCH, height: height - 2 }
    rowTop += height
    return [
      rectangle(swatch, kind, 2),
      text({ x: left + 18, y: baseline }, addresses[index] ?? '', { font: FONTS.address, kind: 'dim' }),
      text({ x: labelAt, y: baseline }, label, {
        font: FONTS.label,
        kind: isFree ? 'dim' : 'ink',
        width: room,
        title: told,
      }),
      text({ x: right, y: baseline }, sizes[index] ?? '', { font: FONTS.address, kind: 'dim', anchor: 'end' }),
    ]
  })
  return [
    rectangle(box, 'panel', 8),
    text({ x: left, y: y + 25 }, title, { font: FONTS.strong }),
    text({ x: right, y: y + 25 }, rangeOf(panel), { font: FONTS.small, kind: 'dim', anchor: 'end' }),
    ...rows,
  ]
}

/** Each its least, the rest of `height` by the square root of what it shows. */
function rowHeights(extents: readonly Extent[], height: number): number[] {
  const weights = extents.map(({ size }) => Math.sqrt(size))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const spare = height - extents.length * ROW
  return weights.map((weight) => ROW + (spare * weight) / total)
}

function rangeOf({ zone, extents }: Panel): string {
  const first = zone?.start ?? 0
  // RAM goes on behind the hole.
  const end = Math.max(
    ...[zone, extents.at(-1)].map((extent) => (extent === undefined ? 0 : extent.start + extent.size)),
  )
  return `${hex(first)}-${hex(end - 1)}`
}

function widest(labels: readonly string[], font: 'address'): number {
  return Math.max(0, ...labels.map((label) => textWidth(label, FONTS[font])))
}
