// XSDT: the list of the other tables. ACPI 6.4 §5.2.8.
import { littleEndian } from './aml/integer.ts'
import { systemDescriptionTable } from './table.ts'

/** 64-bit guest-physical addresses of the tables; the DSDT is reached through the FADT. */
export function xsdt(tables: number[]): Uint8Array {
  return systemDescriptionTable(
    'XSDT',
    1,
    tables.flatMap((address) => littleEndian(address, 8)),
  )
}
