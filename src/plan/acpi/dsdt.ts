// DSDT: the machine's own devices. Each has its function below; the DSDT is their sum. ACPI 6.4 §5.2.11.1.
import { eisaId } from './aml/eisa-id.ts'
import { integer } from './aml/integer.ts'
import { nameString } from './aml/name.ts'
import { type Aml, byteFields, device, method, name, packageOf, portRegion, scope, string } from './aml/objects.ts'
import { interrupt, ioPorts, resourceTemplate } from './aml/resources.ts'
import { and, ifThen, local0, notify, returns, store } from './aml/statements.ts'
import { EVENT_BIT, POWER_PORT, POWER_PORT_COUNT, SLEEP_TYPE_S5 } from './power-ports.ts'
import { systemDescriptionTable } from './table.ts'
import { virtioMmio, type VirtioMmioWindow } from './virtio-mmio.ts'

export interface DsdtInput {
  vcpuCount: number
  /** GSI of the generic event device. */
  eventGsi: number
  /** COM1, if the machine has a UART. */
  uart?: { port: number; portCount: number; gsi: number }
  /** Ports of an i8042 that only resets: reserved, not announced as a keyboard. */
  i8042Ports?: number[]
  /** Guest-physical address of the 16-byte VM generation id. */
  generationIdAddress: number
  panicPort: number
  /** virtio-mmio windows in the order of their devices. */
  virtioMmio: readonly VirtioMmioWindow[]
}

const DEVICE_CHECK = 0x80

/** Processor devices, `_UID` as in the MADT. */
function processors(count: number): Aml[] {
  const deviceName = (index: number) => `C${index.toString(16).toUpperCase().padStart(3, '0')}`
  return Array.from({ length: count }, (_, index) =>
    device(deviceName(index), name('_HID', string('ACPI0007')), name('_UID', integer(index))),
  )
}

function com1({ port, portCount, gsi }: NonNullable<DsdtInput['uart']>): Aml {
  return device(
    'COM1',
    name('_HID', eisaId('PNP0501')),
    name('_UID', integer(0)),
    name('_DDN', string('COM1')),
    name('_CRS', resourceTemplate(ioPorts(port, portCount), interrupt(gsi, 'edge'))),
  )
}

/** Ports that nothing else may take, as motherboard resources. */
function reservedPorts(ports: number[]): Aml {
  return device(
    'MBRD',
    name('_HID', eisaId('PNP0C02')),
    name('_CRS', resourceTemplate(...ports.map((port) => ioPorts(port, 1)), ioPorts(POWER_PORT, POWER_PORT_COUNT))),
  )
}

const powerButton: Aml = device('PWRB', name('_HID', eisaId('PNP0C0C')), name('_UID', integer(0)))

/** The generic event device: one interrupt, whose method asks the event register what happened. ACPI 6.4 §5.6.9. */
function eventDevice(gsi: number): Aml {
  return device(
    'GED0',
    name('_HID', string('ACPI0013')),
    name('_UID', integer(0)),
    name('_CRS', resourceTemplate(interrupt(gsi, 'edge'))),
    portRegion('PWRR', POWER_PORT, POWER_PORT_COUNT),
    byteFields('PWRR', [null, null, null, 'EVST']),
    method(
      '_EVT',
      1,
      'serialized',
      store(nameString('EVST'), local0),
      ifThen(and(local0, integer(EVENT_BIT.powerButton)), notify('PWRB', DEVICE_CHECK)),
      ifThen(and(local0, integer(EVENT_BIT.generation)), notify('VGEN', DEVICE_CHECK)),
    ),
  )
}

/** VM generation id; Linux matches the compatible id. */
function generationId(address: number): Aml {
  const [low, high] = [address & 0xffff_ffff, Math.floor(address / 2 ** 32)]
  return device(
    'VGEN',
    name('_HID', string('VOLT0001')),
    name('_CID', packageOf(string('VMGENCTR'), string('VM_Gen_Counter'))),
    name('_DDN', string('VM_Gen_Counter')),
    method('ADDR', 0, 'not-serialized', returns(packageOf(integer(low >>> 0), integer(high)))),
  )
}

function panicDevice(port: number): Aml {
  return device('PEVT', name('_HID', string('QEMU0001')), name('_CRS', resourceTemplate(ioPorts(port, 1))))
}

export function dsdt(input: DsdtInput): Uint8Array {
  const terms = [
    scope(
      '_SB',
      ...processors(input.vcpuCount),
      ...(input.uart ? [com1(input.uart)] : []),
      reservedPorts(input.i8042Ports ?? []),
      powerButton,
      eventDevice(input.eventGsi),
      generationId(input.generationIdAddress),
      panicDevice(input.panicPort),
      ...virtioMmio(input.virtioMmio),
    ),
    name('_S5', packageOf(integer(SLEEP_TYPE_S5), integer(SLEEP_TYPE_S5), integer(0), integer(0))),
  ]
  return systemDescriptionTable('DSDT', 2, terms.flat())
}
