// How a guest without ACPI finds its virtio devices: words on the command line (Linux, drivers/virtio/virtio_mmio.c).
import type { VmSpec } from '../../manifest/spec.ts'
import { hex } from '../address.ts'
import { KIB, VIRTIO_WINDOW } from '../guest-layout.ts'
import type { VirtioSlot } from './slots.ts'

/**
 * The kernel's command line. With ACPI it is the manifest's. Otherwise a word for each device comes first: what follows
 * a ` -- ` is init's.
 */
export function commandLineOf({ kernel, firmware }: VmSpec, slots: readonly VirtioSlot[]): string {
  if (firmware.acpi !== false) return kernel.cmdline
  const words = slots.map(({ base, gsi }) => `virtio_mmio.device=${VIRTIO_WINDOW / KIB}K@${hex(base)}:${gsi}`)
  return [...words, kernel.cmdline].filter((word) => word !== '').join(' ')
}
