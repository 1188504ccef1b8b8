// Makes all ACPI tables of a machine and gives each its place in the BIOS area.
import { alignUp } from '../address.ts'
import { BIOS_AREA } from '../guest-layout.ts'
import { dsdt, type DsdtInput } from './dsdt.ts'
import { fadt } from './fadt.ts'
import { madt } from './madt.ts'
import { rsdp, RSDP_BYTES } from './rsdp.ts'
import { slit } from './slit.ts'
import { srat, type AffinityNode } from './srat.ts'
import { HEADER_BYTES } from './table.ts'
import { xsdt } from './xsdt.ts'

export interface AcpiInput {
  /** APIC id of each vCPU. */
  apicIds: number[]
  devices: Omit<DsdtInput, 'vcpuCount' | 'generationIdAddress'>
  /** NUMA nodes with distances[from][to]; absent where the manifest has none. */
  numa?: { nodes: AffinityNode[]; distances: number[][] }
}

export interface PlacedTable {
  /** acpi.rsdp, acpi.xsdt, acpi.fadt … */
  label: string
  address: number
  bytes: Uint8Array
}

export interface AcpiTables {
  /** In ascending order. */
  tables: PlacedTable[]
  /** Guest-physical address of the 16-byte VM generation id, which the engine fills at every start. */
  generationIdAddress: number
  /** First address behind the tables. */
  end: number
}

/** Tables begin on such a boundary; the RSDP must lie on one of 16 bytes. */
const ALIGNMENT = 16
const GENERATION_ID_BYTES = 16
const RSDP_ADDRESS = BIOS_AREA

export function acpiTables(input: AcpiInput): AcpiTables {
  let next = RSDP_ADDRESS + alignUp(RSDP_BYTES, ALIGNMENT)
  const take = (size: number): number => {
    const address = next
    next = alignUp(address + size, ALIGNMENT)
    return address
  }
  const place = (label: string, bytes: Uint8Array): PlacedTable => ({ label, address: take(bytes.length), bytes })

  const generationIdAddress = take(GENERATION_ID_BYTES)
  const tableCount = input.numa ? 4 : 2
  const xsdtAddress = take(HEADER_BYTES + 8 * tableCount)
  const dsdtTable = place('acpi.dsdt', dsdt({ ...input.devices, vcpuCount: input.apicIds.length, generationIdAddress }))
  const listed = [place('acpi.fadt', fadt(dsdtTable.address)), place('acpi.madt', madt(input.apicIds))]
  if (input.numa) {
    listed.push(place('acpi.srat', srat(input.numa.nodes)), place('acpi.slit', slit(input.numa.distances)))
  }
  const tables = [
    { label: 'acpi.rsdp', address: RSDP_ADDRESS, bytes: rsdp(xsdtAddress) },
    { label: 'acpi.xsdt', address: xsdtAddress, bytes: xsdt(listed.map(({ address }) => address)) },
    dsdtTable,
    ...listed,
  ]
  return { tables, generationIdAddress, end: next }
}
