// The golden ACPI tables: all bytes of a small machine with two NUMA nodes, and digests of larger ones.
//   npx tsx test/plan/golden/acpi-tables.ts --write     writes them anew, after a change that is meant
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { acpiTables } from '../../../src/plan/acpi/acpi-tables.ts'
import { acpiMachine } from '../support/acpi-machine.ts'

export const ACPI_GOLDEN_FILE = new URL('acpi-tables.txt', import.meta.url)
const SMALL = 2
const LARGER = [1, 5, 64, 254, 300]
const BYTES_PER_LINE = 16

/** What the encoder makes today of the machines in the golden file. */
export function acpiGoldenText(): string {
  const whole = acpiTables(acpiMachine(SMALL, true)).tables.flatMap(({ label, address, bytes }) => [
    `${label} at 0x${address.toString(16)}, ${bytes.length} bytes`,
    ...dump(bytes),
    '',
  ])
  const digests = LARGER.flatMap((vcpus) =>
    [false, true].flatMap((numa) => [
      `${vcpus} vCPUs${numa ? ', NUMA' : ''}`,
      ...acpiTables(acpiMachine(vcpus, numa)).tables.map(({ label, bytes }) => `  ${label} ${sha256(bytes)}`),
    ]),
  )
  return [`${SMALL} vCPUs, NUMA`, ...whole, ...digests, ''].join('\n')
}

function dump(bytes: Uint8Array): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const line = Buffer.from(bytes.subarray(at, at + BYTES_PER_LINE))
    const characters = line.toString('latin1').replace(/[^ -~]/g, '.')
    const hex = line.toString('hex').replace(/..(?=.)/g, '$& ')
    lines.push(`  ${at.toString(16).padStart(4, '0')}  ${hex.padEnd(3 * BYTES_PER_LINE)} ${characters}`)
  }
  return lines
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write'))
  writeFileSync(ACPI_GOLDEN_FILE, acpiGoldenText())
