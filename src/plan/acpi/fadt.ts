// FADT, revision 6.4, for a hardware-reduced machine: no PM timer, no SCI, no fixed registers but sleep and reset. ACPI 6.4 §5.2.9.
import { littleEndian } from './aml/integer.ts'
import { POWER_PORT, POWER_REGISTER, RESET_VALUE } from './power-ports.ts'
import { ascii, HEADER_BYTES, systemDescriptionTable } from './table.ts'

const FADT_BYTES = 276
const MAJOR_REVISION = 6
const MINOR_REVISION = 4

/** IA-PC boot architecture flags, table 5.11. */
const BOOT_ARCH = {
  legacyDevices: 1 << 0,
  vgaNotPresent: 1 << 2,
  msiNotSupported: 1 << 3,
  cmosRtcNotPresent: 1 << 5,
} as const

/** Fixed feature flags, table 5.10. */
const FEATURE = {
  wbinvd: 1 << 0,
  noFixedPowerButton: 1 << 4,
  noFixedSleepButton: 1 << 5,
  resetRegister: 1 << 10,
  hardwareReduced: 1 << 20,
} as const

/** Generic address structure of one byte register in I/O space, §5.2.3.2. */
function byteRegister(port: number): number[] {
  const systemIo = 1
  const byteAccess = 1
  return [systemIo, 8, 0, byteAccess, ...littleEndian(port, 8)]
}

export function fadt(dsdtAddress: number): Uint8Array {
  const table = new Array<number>(FADT_BYTES).fill(0)
  const put = (offset: number, bytes: number[]) => table.splice(offset, bytes.length, ...bytes)

  const bootArch = BOOT_ARCH.legacyDevices | BOOT_ARCH.vgaNotPresent | BOOT_ARCH.cmosRtcNotPresent
  const features =
    FEATURE.wbinvd |
    FEATURE.noFixedPowerButton |
    FEATURE.noFixedSleepButton |
    FEATURE.resetRegister |
    FEATURE.hardwareReduced
  // DSDT is left to X_DSDT, as §5.2.9 wants where both could be given.
  put(109, littleEndian(bootArch, 2))
  put(112, littleEndian(features, 4))
  put(116, byteRegister(POWER_PORT + POWER_REGISTER.reset))
  put(128, [RESET_VALUE])
  put(131, [MINOR_REVISION])
  put(140, littleEndian(dsdtAddress, 8))
  put(244, byteRegister(POWER_PORT + POWER_REGISTER.sleepControl))
  put(256, byteRegister(POWER_PORT + POWER_REGISTER.sleepStatus))
  put(268, ascii('VOLT', 8))
  return systemDescriptionTable('FACP', MAJOR_REVISION, table.slice(HEADER_BYTES))
}
