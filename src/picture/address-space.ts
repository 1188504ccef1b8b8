// What lies where in guest-physical memory, as a plan says it: zones of the address space and what each holds.
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import {
  BASE_MEMORY_END,
  BIOS_AREA,
  HIGH_MEMORY,
  IOAPIC,
  LAPIC,
  MIB,
  MMIO_HOLE,
  MMIO_HOLE_END,
  PAGE_SIZE,
} from '../plan/guest-layout.ts'

/** A class of style.ts. */
export type ExtentKind =
  'first-mib' | 'devices' | 'ram' | 'nothing' | 'kernel' | 'initrd' | 'tables' | 'boot' | 'window' | 'chip'

export interface Extent {
  label: string
  start: number
  size: number
  kind: ExtentKind
}

export interface AddressSpace {
  /** The whole of it up to the end of memory or 4 GiB, in order and without gaps. */
  zones: Extent[]
  firstMib: Extent[]
  /** RAM above the first MiB, on both sides of the hole. */
  ram: Extent[]
  /** The hole below 4 GiB. */
  hole: Extent[]
}

const LABELS: Record<string, string> = {
  'bios-data-area': 'BIOS data area',
  'reset-vector': 'reset vector',
  gdt: 'GDT',
  'page-tables': 'page tables',
  cmdline: 'command line',
  'zero-page': 'zero page',
  'pvh.start-info': 'PVH start info',
  'mptable.pointer': 'MP floating pointer',
  'mptable.config': 'MP table',
  initrd: 'initrd',
}

const KVM_TSS_SIZE = 3 * PAGE_SIZE
const VGA: Extent = {
  label: 'VGA, option ROMs: no RAM',
  start: BASE_MEMORY_END,
  size: BIOS_AREA - BASE_MEMORY_END,
  kind: 'nothing',
}

export function addressSpace(plan: BootPlan): AddressSpace {
  const memory = plan.memory.map(({ gpa, size }) => ({ start: Number(gpa), size }))
  const loaded = plan.load.map(loadExtent)
  const above = memory.flatMap(({ start, size }) => {
    const from = Math.max(start, HIGH_MEMORY)
    return from < start + size ? [{ start: from, size: start + size - from }] : []
  })
  return {
    zones: zonesOf(above),
    firstMib: withFree([...loaded.filter(({ start }) => start < HIGH_MEMORY), VGA], { start: 0, size: HIGH_MEMORY }),
    ram: above.flatMap((range) => withFree(loaded, range)),
    hole: holeOf(plan),
  }
}

function loadExtent({ label, gpa, size }: BootPlan['load'][number]): Extent {
  return { label: labelOf(label), start: Number(gpa), size, kind: kindOf(label) }
}

function labelOf(label: string): string {
  const [room, part = ''] = label.split('.')
  if (room === 'kernel') return `kernel segment ${part}`
  return room === 'acpi' ? `ACPI ${part.toUpperCase()}` : (LABELS[label] ?? label)
}

function kindOf(label: string): ExtentKind {
  if (label.startsWith('kernel')) return 'kernel'
  if (label === 'initrd') return 'initrd'
  return /^(acpi|mptable)\./.test(label) ? 'tables' : 'boot'
}

/** Zones between the regions of RAM above the first MiB: nothing, or the hole. */
function zonesOf(ram: readonly { start: number; size: number }[]): Extent[] {
  const zones: Extent[] = [{ label: 'first MiB', start: 0, size: HIGH_MEMORY, kind: 'first-mib' }]
  const hole: Extent = { label: 'devices', start: MMIO_HOLE, size: MMIO_HOLE_END - MMIO_HOLE, kind: 'devices' }
  const known = [...ram.map((range): Extent => ({ label: 'RAM', ...range, kind: 'ram' })), hole]
  for (const zone of known.sort((a, b) => a.start - b.start)) {
    const end = endOf(zones.at(-1))
    if (zone.start > end) zones.push({ label: 'nothing', start: end, size: zone.start - end, kind: 'nothing' })
    zones.push(zone)
  }
  return zones
}

function endOf(extent: Extent | undefined): number {
  return extent === undefined ? 0 : extent.start + extent.size
}

/** The extents that begin in the range, ascending, and between them what is free: a page or, of much, a MiB at least. */
function withFree(
  extents: readonly Extent[],
  { start, size }: { start: number; size: number },
  free: Pick<Extent, 'label' | 'kind'> = { label: 'free', kind: 'ram' },
): Extent[] {
  const inside = extents
    .filter((extent) => extent.start >= start && extent.start < start + size)
    .sort((a, b) => a.start - b.start)
  const least = size > MIB ? MIB : PAGE_SIZE
  const rows: Extent[] = []
  let end = start
  const fill = (to: number): void => {
    if (to - end >= least) rows.push({ ...free, start: end, size: to - end })
  }
  for (const extent of inside) {
    fill(extent.start)
    rows.push(extent)
    end = endOf(extent)
  }
  fill(start + size)
  return rows
}

function holeOf({ devices, interrupts }: BootPlan): Extent[] {
  const windows = devices.flatMap((device): Extent[] =>
    'mmio' in device
      ? [{ label: device.id, start: Number(device.mmio.base), size: device.mmio.size, kind: 'window' }]
      : [],
  )
  const chip = (label: string, start: number, size: number): Extent => ({ label, start, size, kind: 'chip' })
  const chips = [
    chip('IOAPIC', IOAPIC, PAGE_SIZE),
    chip('LAPIC, one a vCPU', LAPIC, PAGE_SIZE),
    chip("KVM's identity map", Number(interrupts.identityMap), PAGE_SIZE),
    chip("KVM's TSS", Number(interrupts.tss), KVM_TSS_SIZE),
  ]
  const hole = { start: MMIO_HOLE, size: MMIO_HOLE_END - MMIO_HOLE }
  return withFree([...windows, ...chips], hole, { label: 'nothing', kind: 'nothing' })
}
