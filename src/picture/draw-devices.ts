// Devices: where each answers, what is behind it, and the pin of the IOAPIC that it raises.
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { IOAPIC } from '../plan/guest-layout.ts'
import { hex } from '../plan/address.ts'
import { describeDevice, summarizeDevice, type DescribedMachine, type DeviceSummary } from '../plan/summary-devices.ts'
import { INNER_WIDTH, MARGIN, sectionTitle, type Drawn } from './page.ts'
import { FONTS } from './style.ts'
import { path, rectangle, text } from './svg.ts'

const ROW = 28
const PADDING = 16
const CHIP_WIDTH = 132
/** From the end of the table to the chip. */
const WIRE = 46
const TABLE_WIDTH = INNER_WIDTH - CHIP_WIDTH - WIRE
/** Beginnings of the columns, from the table's left edge. */
const COLUMNS = { id: 34, type: 154, where: 262, behind: 400 }
const COLUMN_GAP = 14
/** For the chip's three lines. */
const HEIGHT_MIN = 104
const PIN = { width: 30, height: 18 }

export function drawDevices(plan: BootPlan, machine: DescribedMachine, top: number): Drawn {
  const head = sectionTitle('Devices', 'where it answers, what is behind it, and the GSI that it raises', top)
  const devices = plan.devices.map(summarizeDevice)
  const y = head.bottom + 8
  const height = Math.max(HEIGHT_MIN, devices.length * ROW + PADDING)
  const rowsTop = y + (height - devices.length * ROW) / 2
  const rows = devices.flatMap((device, index) => drawRow(device, machine, rowsTop + index * ROW, index > 0))
  return {
    elements: [
      ...head.elements,
      rectangle({ x: MARGIN, y, width: TABLE_WIDTH, height }, 'panel', 8),
      ...drawChip(y, height),
      ...rows,
    ],
    bottom: y + height,
  }
}

function drawRow(device: DeviceSummary, machine: DescribedMachine, y: number, divided: boolean): string[] {
  const { id, type, ports, mmio, gsi } = device
  const at = (column: number): { x: number; y: number } => ({ x: MARGIN + column, y: y + 18.5 })
  const until = (from: number, to: number): number => to - from - COLUMN_GAP
  const where = ports?.join(', ') ?? mmio ?? ''
  return [
    ...(divided ? [path(`M${MARGIN + PADDING} ${y}H${MARGIN + TABLE_WIDTH - PADDING}`, 'line edge')] : []),
    rectangle({ x: MARGIN + PADDING, y: y + 7, width: 6, height: ROW - 14 }, mmio === undefined ? 'chip' : 'window', 2),
    text(at(COLUMNS.id), id, { font: FONTS.strong, width: until(COLUMNS.id, COLUMNS.type) }),
    text(at(COLUMNS.type), type, { font: FONTS.label, kind: 'dim', width: until(COLUMNS.type, COLUMNS.where) }),
    text(at(COLUMNS.where), where, { font: FONTS.address, width: until(COLUMNS.where, COLUMNS.behind) }),
    text(at(COLUMNS.behind), describeDevice(device, machine) ?? roleOf(type), {
      font: FONTS.note,
      kind: 'dim',
      width: until(COLUMNS.behind, TABLE_WIDTH),
    }),
    ...(gsi === undefined ? [] : drawWire(gsi, y + ROW / 2)),
  ]
}

/** What a device without anything behind it is for. */
function roleOf(type: string): string {
  const roles: Record<string, string> = {
    uart16550: 'the console, ttyS0',
    i8042: "the keyboard controller's reset line",
    power: 'power button, sleep and reset',
    pvpanic: 'tells that the guest panicked',
    'virtio-rng': "entropy, the host's getrandom",
    'virtio-console': 'the console, hvc0',
  }
  return roles[type] ?? ''
}

function drawWire(gsi: number, y: number): string[] {
  const from = MARGIN + TABLE_WIDTH
  const pin = from + WIRE - PIN.width / 2
  return [
    path(`M${from} ${y}H${pin}`, 'line wire'),
    rectangle({ x: pin, y: y - PIN.height / 2, ...PIN }, 'page', 4),
    rectangle({ x: pin, y: y - PIN.height / 2, ...PIN }, 'line wire', 4),
    text({ x: pin + PIN.width / 2, y: y + 4 }, `${gsi}`, { font: FONTS.address, anchor: 'middle' }),
  ]
}

function drawChip(y: number, height: number): string[] {
  const x = MARGIN + TABLE_WIDTH + WIRE
  const centre = { x: x + (CHIP_WIDTH + PIN.width / 2) / 2, y: y + height / 2 }
  const line = { font: FONTS.address, kind: 'dim', anchor: 'middle' as const }
  return [
    rectangle({ x, y, width: CHIP_WIDTH, height }, 'panel', 8),
    text({ x: centre.x, y: centre.y - 12 }, 'IOAPIC', { font: FONTS.strong, anchor: 'middle' }),
    text({ x: centre.x, y: centre.y + 7 }, hex(IOAPIC), line),
    text({ x: centre.x, y: centre.y + 25 }, '24 pins', { ...line, font: FONTS.note }),
  ]
}
