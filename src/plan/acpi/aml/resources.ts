// Resource templates: what _CRS returns. ACPI 6.4 §6.4.
import { littleEndian } from './integer.ts'
import { buffer, type Aml } from './objects.ts'

/** Bytes of one resource descriptor. */
export type Resource = number[]

export type Triggering = 'edge' | 'level'

/** IO (Decode16, port, port, 1, length): I/O Port Descriptor, §6.4.2.5. */
export function ioPorts(port: number, length: number): Resource {
  const decode16 = 0x01
  return [0x47, decode16, ...littleEndian(port, 2), ...littleEndian(port, 2), 0x01, length]
}

/** Memory32Fixed (ReadWrite, base, length): §6.4.3.4. */
export function memory32Fixed(base: number, length: number): Resource {
  const readWrite = 0x01
  return [0x86, ...littleEndian(9, 2), readWrite, ...littleEndian(base, 4), ...littleEndian(length, 4)]
}

/** Interrupt (ResourceConsumer, triggering, ActiveHigh, Exclusive) { gsi }: Extended Interrupt Descriptor, §6.4.3.6. */
export function interrupt(gsi: number, triggering: Triggering): Resource {
  const flags = 0x01 | (triggering === 'edge' ? 0x02 : 0)
  return [0x89, ...littleEndian(6, 2), flags, 1, ...littleEndian(gsi, 4)]
}

/** ResourceTemplate () { resources }: a buffer closed by an End Tag with a zero checksum, §6.4.2.9. */
export function resourceTemplate(...resources: Resource[]): Aml {
  return buffer([...resources.flat(), 0x79, 0x00])
}
