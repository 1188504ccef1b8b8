// What the lab boots by ACPI: kernels that print what they made of the tables, and power off.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LAB_CPU } from './guests.ts'

export interface Topology {
  sockets: number
  cores: number
  threads: number
}

interface Node {
  vcpus: string
  memory: string
  distances: number[]
}

export interface AcpiGuest extends Topology {
  name: string
  image: 'vmlinuz' | 'vmlinuz-cloud'
  /** Two or more; without, Linux makes one of all. */
  numa?: Node[]
}

const guest = (image: AcpiGuest['image'], sockets: number, cores: number, threads: number): AcpiGuest => ({
  name: `acpi-${image}-${sockets}x${cores}x${threads}`,
  image,
  sockets,
  cores,
  threads,
})

/** Debian's cloud kernel reads no MP table. */
export const ACPI_GUESTS: AcpiGuest[] = [
  guest('vmlinuz', 1, 4, 1),
  guest('vmlinuz-cloud', 1, 4, 1),
  guest('vmlinuz-cloud', 2, 2, 2),
  guest('vmlinuz-cloud', 1, 3, 1),
  guest('vmlinuz-cloud', 2, 3, 2),
  {
    ...guest('vmlinuz-cloud', 4, 1, 1),
    name: 'acpi-vmlinuz-cloud-numa',
    numa: [
      { vcpus: '0,3', memory: '96MiB', distances: [10, 21] },
      { vcpus: '1-2', memory: '160MiB', distances: [21, 10] },
    ],
  },
]

/** `lab`: what guest-init is to do. */
const CMDLINE = 'console=ttyS0 panic=-1 quiet lab=facts'

function acpiManifest({ name, image, numa, ...topology }: AcpiGuest, cache: string): string {
  const vcpus = { count: topology.sockets * topology.cores * topology.threads, ...topology }
  const kernel = { image: join(cache, image), initrd: join(cache, 'guest.cpio'), cmdline: CMDLINE }
  const memory = numa ? { numa } : { memory: '256MiB' }
  return JSON.stringify({
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name },
    kernel,
    vcpus,
    cpu: LAB_CPU,
    ...memory,
  })
}

/** Writes the manifests. */
export async function writeAcpiGuests(directory: string, cache: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const each of ACPI_GUESTS) await writeFile(join(directory, `${each.name}.yaml`), acpiManifest(each, cache))
}
