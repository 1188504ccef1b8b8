// The devices of a plan: ports, MMIO windows, interrupts and backends that must not be given twice.
import type { BootPlan, PlanDevice, PortDevice, VirtioNet } from './boot-plan.gen.ts'
import { checkExtents, checkUnique, type Extent, type Fault } from './check-extents.ts'
import { IOAPIC, LAPIC, MMIO_HOLE, MMIO_HOLE_END, PAGE_SIZE } from './guest-layout.ts'

const PAGE = BigInt(PAGE_SIZE)
const PORTS = 0x10000n
const HOLE = { start: BigInt(MMIO_HOLE), end: BigInt(MMIO_HOLE_END) }
/** The timer's, and the line by which one 8259 hangs on the other. */
const GSIS_TAKEN = [0, 2]

/** Ports that KVM's PICs, PIT and speaker answer before any device of ours is asked. */
const PIC_PORTS: readonly Extent[] = [
  { what: "KVM's PIC", pointer: '/interrupts', start: 0x20n, end: 0x22n },
  { what: "KVM's PIC", pointer: '/interrupts', start: 0xa0n, end: 0xa2n },
  { what: "KVM's ELCR", pointer: '/interrupts', start: 0x4d0n, end: 0x4d2n },
]
const PIT_PORTS: readonly Extent[] = [
  { what: "KVM's PIT", pointer: '/interrupts', start: 0x40n, end: 0x44n },
  { what: "KVM's PIT", pointer: '/interrupts', start: 0x61n, end: 0x62n },
]
const APIC_PAGES: readonly Extent[] = [
  { what: 'the IOAPIC', pointer: '/interrupts', start: BigInt(IOAPIC), end: BigInt(IOAPIC) + PAGE },
  { what: 'the LAPIC', pointer: '/interrupts', start: BigInt(LAPIC), end: BigInt(LAPIC) + PAGE },
]

/** `taken` are memory regions and KVM's pages. */
export function checkDevices(plan: BootPlan, taken: readonly Extent[], faults: Fault[]): void {
  const { devices, interrupts } = plan
  checkUnique(
    devices.map(({ id }, index) => ({ value: id, pointer: `/devices/${index}/id` })),
    faults,
  )
  // Interrupts are edge triggered: two devices on one line would lose each other's.
  checkUnique(
    devices.flatMap(({ gsi }, index) => (gsi === undefined ? [] : [{ value: gsi, pointer: `/devices/${index}/gsi` }])),
    faults,
  )
  for (const [index, device] of devices.entries()) {
    if ('mmio' in device && GSIS_TAKEN.includes(device.gsi)) {
      faults.push({ pointer: `/devices/${index}/gsi`, message: 'belongs to the timer or the interrupt controllers' })
    }
  }
  const ports = devices.flatMap((device, index) => ('ports' in device ? portsOf(device, index) : []))
  for (const { pointer, end } of ports) if (end > PORTS) faults.push({ pointer, message: 'goes beyond port 0xffff' })
  checkExtents([...PIC_PORTS, ...(interrupts.pit ? PIT_PORTS : []), ...ports], faults)
  checkWindows(devices, taken, faults)
  checkBackends(plan, faults)
  checkBalloons(plan, faults)
  checkShares(plan, faults)
  checkConsoles(plan, faults)
}

function portsOf({ id, ports }: PortDevice, index: number): Extent[] {
  return ports.map(({ base, size }, port) => {
    const start = BigInt(base)
    return { what: `ports of ${id}`, pointer: `/devices/${index}/ports/${port}`, start, end: start + BigInt(size) }
  })
}

function checkWindows(devices: readonly PlanDevice[], taken: readonly Extent[], faults: Fault[]): void {
  const windows = devices.flatMap((device, index) => {
    if (!('mmio' in device)) return []
    const start = BigInt(device.mmio.base)
    const end = start + BigInt(device.mmio.size)
    return [{ what: `window of ${device.id}`, pointer: `/devices/${index}/mmio`, start, end }]
  })
  for (const { pointer, start, end } of windows) {
    if (start % PAGE !== 0n || start < HOLE.start || end > HOLE.end) {
      faults.push({ pointer, message: 'is not a page between 0xc0000000 and 0xffffffff' })
    }
  }
  // What is taken already has been compared with itself.
  const hits = windows.flatMap((window) => {
    const other = [...APIC_PAGES, ...taken].find(({ start, end }) => start < window.end && window.start < end)
    return other === undefined
      ? []
      : [{ pointer: window.pointer, message: `overlaps ${other.what} (${other.pointer})` }]
  })
  faults.push(...hits)
  checkExtents(windows, faults)
}

/** Every descriptor has one name and one use. */
function checkBackends({ devices, files }: BootPlan, faults: Fault[]): void {
  const names = [...new Set(files.map(({ id }) => id))].map((value) => ({ value, pointer: '/files' }))
  for (const [index, device] of devices.entries()) {
    const pointer = `/devices/${index}`
    if (device.type === 'virtio-net') {
      names.push(...device.backends.map((value, queue) => ({ value, pointer: `${pointer}/backends/${queue}` })))
      if (device.transport === 'stream' && device.backends.length > 1) {
        faults.push({ pointer: `${pointer}/backends`, message: 'has more than one descriptor, and a stream is one' })
      }
      checkVhost(device, pointer, faults)
      names.push(...(device.vhost ?? []).map((value, queue) => ({ value, pointer: `${pointer}/vhost/${queue}` })))
      if (device.mac === '00:00:00:00:00:00') {
        faults.push({ pointer: `${pointer}/mac`, message: 'belongs to no card' })
      }
    }
    if (device.type === 'virtio-vsock') {
      names.push({ value: device.listener, pointer: `${pointer}/listener` })
      names.push({ value: device.connector, pointer: `${pointer}/connector` })
    }
    if (device.type === 'virtio-fs') names.push({ value: device.backend, pointer: `${pointer}/backend` })
    if (device.type !== 'virtio-block') continue
    names.push({ value: device.backend, pointer: `${pointer}/backend` })
    if (device.overlay === undefined) continue
    names.push({ value: device.overlay, pointer: `${pointer}/overlay` })
    if (device.readOnly) {
      faults.push({ pointer: `${pointer}/overlay`, message: 'has nothing to take: the disk is read-only' })
    }
  }
  checkUnique(names, faults)
}

/** Frames that the kernel moves are the tap's, and nobody looks at them or holds them back. */
function checkVhost(
  { vhost, transport, backends, preventSpoofing, rateLimit }: VirtioNet,
  pointer: string,
  faults: Fault[],
): void {
  if (vhost === undefined) return
  const problems = [
    ...(transport === 'tap' ? [] : ['needs a tap']),
    ...(vhost.length === backends.length ? [] : ['does not have a descriptor for each of the backends']),
    ...(preventSpoofing ? ['does not go with preventSpoofing'] : []),
    ...(rateLimit === undefined ? [] : ['does not go with rateLimit']),
  ]
  faults.push(...problems.map((message) => ({ pointer: `${pointer}/vhost`, message })))
}

function checkBalloons({ devices, memory }: BootPlan, faults: Fault[]): void {
  const bytes = memory.reduce((sum, { size }) => sum + size, 0)
  for (const [index, device] of devices.entries()) {
    if (device.type !== 'virtio-balloon') continue
    const pointer = `/devices/${index}/target`
    if (device.target % PAGE_SIZE !== 0) faults.push({ pointer, message: 'is not made of whole pages' })
    if (device.target > bytes) faults.push({ pointer, message: "is more than the machine's memory" })
  }
}

function checkShares({ devices, sharedMemory }: BootPlan, faults: Fault[]): void {
  for (const [index, { type }] of devices.entries()) {
    if (type !== 'virtio-fs' || sharedMemory === true) continue
    faults.push({ pointer: `/devices/${index}`, message: 'needs sharedMemory, which its daemon maps' })
  }
}

function checkConsoles({ devices }: BootPlan, faults: Fault[]): void {
  const consoles = devices.flatMap(({ type }, index) => (type === 'virtio-console' ? [index] : []))
  for (const index of consoles.slice(1)) {
    faults.push({ pointer: `/devices/${index}`, message: 'is one virtio console too many: there is one console' })
  }
}
