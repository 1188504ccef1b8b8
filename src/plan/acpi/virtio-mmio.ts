// virtio-mmio windows as devices of the DSDT: LNRO0005, which Linux's virtio_mmio driver binds to.
import { integer } from './aml/integer.ts'
import { type Aml, device, name, string } from './aml/objects.ts'
import { interrupt, memory32Fixed, resourceTemplate } from './aml/resources.ts'

export interface VirtioMmioWindow {
  /** Below 4 GiB. */
  address: number
  size: number
  gsi: number
}

/** In the order of their devices; `_CCA` 1: the devices see the guest's caches. */
export function virtioMmio(windows: readonly VirtioMmioWindow[]): Aml[] {
  return windows.map(({ address, size, gsi }, index) =>
    device(
      `V${index.toString(16).toUpperCase().padStart(3, '0')}`,
      name('_HID', string('LNRO0005')),
      name('_UID', integer(index)),
      name('_CCA', integer(1)),
      name('_CRS', resourceTemplate(memory32Fixed(address, size), interrupt(gsi, 'edge'))),
    ),
  )
}
